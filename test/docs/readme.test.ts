/** What the documents claim: every number and link in them holds. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { ALARMS, costTable } from '../../infra/cost.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import { INSPECTING_PROXY_SECTION } from '../../lib/platform/messages.ts';
import { MOST_UNSAVED_PAGES } from '../../lib/ship/in-flight.ts';
import { organizations, synth } from '../infra/synth.ts';
import { anchorsIn, codeIn, targetsIn } from './markdown.ts';

const ROOT = join(import.meta.dirname, '../..');
const NOW = Date.parse('2026-11-21T12:00:00Z');
const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...markdownIn('docs'),
  ...markdownIn('docs/decisions'),
  'docs/logzio/README.md',
];
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const readme = read('README.md');
const operations = read('docs/operations.md');
const alarmsPage = read('docs/alarms.md');
const { config } = parseConfig({}, {}, NOW);

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

/** What the alarms of a stack say, those of a stack with several organizations among them. */
function alarmDescriptions(): string[] {
  const alarms = synth({ yaml: organizations(2) }).findResources('AWS::CloudWatch::Alarm');
  return Object.values(alarms).map(({ Properties }) => String(Properties.AlarmDescription));
}

describe('README.md', () => {
  it('promises the numbers that the code keeps', () => {
    const { limit, allowedLatenessMinutes, timeIntervalMinutes } = config.jumpcloud.settings;
    const mostRepeated = (MOST_UNSAVED_PAGES * limit).toLocaleString('en-US');
    assert.match(readme, new RegExp(`at most ${MOST_UNSAVED_PAGES} pages \\(${mostRepeated} events\\)`));
    assert.ok(readme.includes(`\`allowed_lateness\` (${allowedLatenessMinutes} minutes)`));
    assert.ok(readme.includes(`every ${timeIntervalMinutes} min`));
  });

  it('shows the defaults that the configuration has', () => {
    for (const line of readme.split('\n').filter((one) => one.startsWith('| `logzio.url` | `http'))) {
      assert.ok(line.includes(config.logzio.url), line);
    }
    assert.match(readme, /\| `jumpcloud_api\.region` \| `us` \|/);
    assert.match(readme, /\| `output\.shape` \| `logzio` \|/);
  });

  it('says what npm run cost computes', () => {
    assert.ok(readme.includes(costTable()), 'run "npm run cost" and put its table into README.md');
  });

  it('counts the alarms that a stack has', () => {
    const alarms = synth().findResources('AWS::CloudWatch::Alarm');
    assert.equal(Object.keys(alarms).length, ALARMS);
    assert.match(read('docs/deploy.md'), /eight alarms/);
  });

  it('shows the two commands that a newcomer types', () => {
    assert.match(readme, /^npm ci && npm start$/m);
    assert.ok(readme.includes('`npm ci && npm test`'));
  });
});

describe('every document', () => {
  for (const path of DOCUMENTS) {
    const text = read(path);

    it(`${path}: links lead somewhere`, () => {
      for (const target of targetsIn(text)) {
        if (/^(?:https?|mailto):/.test(target)) continue;
        const [file = '', anchor] = target.split('#');
        const found = file === '' ? path : join(dirname(path), file);
        assert.ok(existsSync(join(ROOT, found)), `${path} links to ${target}`);
        if (anchor !== undefined) assert.ok(anchorsIn(read(found)).has(anchor), `${path} links to ${target}`);
      }
    });

    // An entry has the names of its day.
    if (path !== 'CHANGELOG.md') {
      it(`${path}: files that it names exist`, () => {
        for (const name of codeIn(text).filter((code) =>
          /^(?:lib|local|infra|test|docs|bench|simulators)\/[\w./-]+$/.test(code),
        ))
          assert.ok(existsSync(join(ROOT, name)), name);
      });
    }

    it(`${path}: npm scripts exist`, () => {
      const { scripts } = JSON.parse(read('package.json'));
      for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g)) assert.ok(name in scripts, `npm run ${name}`);
    });
  }
});

describe('docs/alarms.md', () => {
  it('has a heading for every alarm, and every alarm names it', () => {
    const anchors = anchorsIn(alarmsPage);
    const alarms = alarmDescriptions();
    assert.ok(alarms.length >= 7);
    for (const description of alarms) {
      const [, anchor = ''] = /docs\/alarms\.md#([\w-]+)/.exec(description) ?? [];
      assert.ok(anchors.has(anchor), description);
    }
  });

  it('says of every alarm what happened, whether anything is lost, and what to do', () => {
    const [, ...sections] = alarmsPage.split(/^## /m);
    for (const section of sections) {
      for (const part of ['What happened', 'Is anything lost', 'Do this']) {
        assert.ok(section.includes(`- **${part}**`), section.split('\n')[0]);
      }
    }
  });
});

describe('docs/proxy.md', () => {
  it('has the section that an error about a certificate names', () => {
    const [, page = '', anchor = ''] = /(docs\/.+)#(.+)$/.exec(INSPECTING_PROXY_SECTION) ?? [];
    assert.ok(anchorsIn(read(page)).has(anchor), INSPECTING_PROXY_SECTION);
  });
});

describe('docs/operations.md', () => {
  it('shows every command as a Test event', () => {
    for (const command of [
      'check',
      'dry_run',
      'start_time',
      'rewind_to',
      'skip_to',
      'backfill_skip_to',
      'quarantine',
      'audit',
    ]) {
      const rows = operations.split('\n').filter((line) => line.startsWith('|') && line.includes(`"${command}"`));
      assert.ok(
        rows.some((row) => /\| `\{.*\}` \|$/.test(row)),
        command,
      );
    }
  });
});
