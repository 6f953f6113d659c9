/** An OpenSearch of one node, asked in one go: its jars come from Maven, it runs in a process of its own, and ends. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonObject } from '../../lib/platform/json.ts';

const run = promisify(execFile);
const HERE = import.meta.dirname;
/** Heap enough for some thousand logs. */
const JAVA_OPTIONS = ['-Xmx512m', '-Dopensearch.distribution.type=tar'];

export interface Search {
  readonly index: string;
  readonly body: JsonObject;
}

export interface SearchAnswer {
  readonly hits: { readonly total: { readonly value: number }; readonly hits: readonly { readonly _id: string }[] };
  readonly aggregations?: JsonObject;
}

/** Text is a keyword, but for what Logz.io analyses; everything else is taken for what the first log makes of it. */
const MAPPING = {
  dynamic_templates: [
    {
      analysed: {
        match_pattern: 'regex',
        match: 'message|tags|geoip_location',
        match_mapping_type: 'string',
        mapping: { type: 'text' },
      },
    },
    { keywords: { match_mapping_type: 'string', mapping: { type: 'keyword' } } },
  ],
};

/**
 * @param indices logs by index; a log's `_id` is its place
 * @returns an answer for each search, in their order
 * @throws when there is no java or mvn, or when OpenSearch refuses a log or a query; the message says which
 */
export async function ask(
  indices: Readonly<Record<string, readonly JsonObject[]>>,
  searches: readonly Search[],
): Promise<SearchAnswer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ask-opensearch-'));
  try {
    const [paths, work, answers] = ['classpath', 'work.json', 'answers.json'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await step('mvn (Maven), to fetch OpenSearch', 'mvn', [
      '-q',
      '-B',
      '-f',
      join(HERE, 'pom.xml'),
      'dependency:build-classpath',
      `-Dmdep.outputFile=${paths}`,
    ]);
    await writeFile(work, JSON.stringify({ mapping: MAPPING, indices, searches }));
    const classpath = (await readFile(paths, 'utf8')).trim();
    await step('java 17 or newer, to run OpenSearch', 'java', [
      ...JAVA_OPTIONS,
      '-cp',
      classpath,
      join(HERE, 'AskOpenSearch.java'),
      work,
      answers,
      folder,
    ]);
    return JSON.parse(await readFile(answers, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function step(what: string, program: string, words: readonly string[]): Promise<void> {
  try {
    await run(program, [...words], { maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === 'ENOENT') throw new Error(`"${program}" is not installed; this test needs ${what}`, { cause: error });
    throw new Error(`${program} failed: ${`${stderr}\n${stdout}`.slice(-3000)}`, { cause: error });
  }
}
