/**
 * An OpenSearch of one node, asked in one go: its jars come from Maven, it runs in a process of its
 * own, and ends.
 */
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

/** Logs that one index of a day receives, one after the other. */
export interface Trial {
  readonly index: string;
  /** Each as the name of a set, a slash, and its place there. */
  readonly logs: readonly string[];
  /**
   * Absent: as Logz.io documents its own. `{}`: what OpenSearch does where nobody has set anything.
   */
  readonly mapping?: JsonObject;
}

export interface TrialResult {
  /** `<set>/<place>: <why>` for each log that the index refused. */
  readonly refused: readonly string[];
  /** The paths of fields that the index took for dates. */
  readonly dates: readonly string[];
  /** As the limit of an index counts them. */
  readonly fields: number;
}

/**
 * Text is a keyword, but for what Logz.io analyses; everything else is taken for what the first log
 * makes of it.
 */
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
 * @throws when there is no java or mvn, or when OpenSearch refuses a log or a query; the message
 * says which
 */
export async function ask(
  indices: Readonly<Record<string, readonly JsonObject[]>>,
  searches: readonly Search[],
): Promise<SearchAnswer[]> {
  return (await runOpenSearch({ indices, searches, sets: {}, trials: [] })).answers;
}

/**
 * @param sets logs as JSON text, by the name of their set
 * @returns what became of each trial, in their order
 */
export async function tryIndices(
  sets: Readonly<Record<string, readonly string[]>>,
  trials: readonly Trial[],
): Promise<TrialResult[]> {
  return (await runOpenSearch({ indices: {}, searches: [], sets, trials })).trials;
}

async function runOpenSearch(
  work: object,
): Promise<{ readonly answers: SearchAnswer[]; readonly trials: TrialResult[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'ask-opensearch-'));
  try {
    const [paths, task, answers] = ['classpath', 'work.json', 'answers.json'].map((name) => join(folder, name)) as [
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
    await writeFile(task, JSON.stringify({ mapping: MAPPING, ...work }));
    const classpath = (await readFile(paths, 'utf8')).trim();
    await step('java 17 or newer, to run OpenSearch', 'java', [
      ...JAVA_OPTIONS,
      '-cp',
      classpath,
      join(HERE, 'AskOpenSearch.java'),
      task,
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
