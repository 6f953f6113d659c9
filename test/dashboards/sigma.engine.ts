/**
 * The Sigma rules of docs/sigma/: pySigma reads them without a complaint, and what it makes of them
 * finds in OpenSearch exactly the incidents that they are there for. `npm run test:dashboards`;
 * needs java, mvn and python3.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fixtureEvents, logOf } from '../support/logs.ts';
import { INCIDENTS, quietDay } from './incidents.ts';
import { ask, type Search, type SearchAnswer } from './opensearch.ts';
import { type Correlation, groupsOf, isCorrelation, type Rule, readRules, searchesOf } from './sigma.ts';
import { SHAPES, type ShapeName } from './views.ts';

/** Whom each finds, by the name of its incident. */
const FOUND: Readonly<Record<string, readonly [incident: string, groups: readonly string[]]>> = {
  jumpcloud_impossible_travel: ['impossible-travel', ['id-of-fast']],
  jumpcloud_password_spraying: ['password-spraying-over-radius-and-ldap', ['5f0000000000000000000001']],
  jumpcloud_mfa_removed_then_login: ['mfa-disabled-then-login', ['id-of-unlucky']],
  jumpcloud_mass_device_deletion: ['mass-device-deletion', ['id-of-carol']],
  jumpcloud_new_administrator_from_a_new_address: ['new-administrator-from-a-new-address', ['id-of-dave']],
};

const quiet = [...fixtureEvents(), ...quietDay()];
const rules = new Map<ShapeName, (Rule | Correlation)[]>();
const answers = new Map<string, SearchAnswer>();

before(async () => {
  const indices = Object.fromEntries(
    SHAPES.flatMap((shape) => [
      [`${shape}-quiet`, quiet.map((event) => logOf(shape, event))],
      ...Object.entries(INCIDENTS).map(([name, events]) => [
        `${shape}-${name}`,
        [...quiet, ...events].map((event) => logOf(shape, event)),
      ]),
    ]),
  );
  const searches: [key: string, search: Search][] = [];
  for (const shape of SHAPES) {
    const read = await readRules(shape);
    rules.set(shape, read);
    for (const correlation of read.filter(isCorrelation)) {
      for (const index of indicesOf(shape)) {
        for (const [key, search] of searchesOf(correlation, read, index)) searches.push([`${index}: ${key}`, search]);
      }
    }
  }
  const all = await ask(
    indices,
    searches.map(([, search]) => search),
  );
  for (const [place, [key]] of searches.entries()) answers.set(key, all[place] as SearchAnswer);
});

const indicesOf = (shape: ShapeName) => [`${shape}-quiet`, ...Object.values(FOUND).map(([name]) => `${shape}-${name}`)];

for (const shape of SHAPES) {
  describe(`Sigma rules, shape ${shape}`, () => {
    for (const [name, [incident, groups]] of Object.entries(FOUND)) {
      it(`${name} finds its incident, and nobody else`, () => {
        const before = new Set(found(name, `${shape}-quiet`, shape));
        const now = found(name, `${shape}-${incident}`, shape).filter((group) => !before.has(group));
        assert.deepEqual(now, groups);
        if (incident !== 'impossible-travel') assert.deepEqual([...before], [], 'found something on a quiet day');
      });
    }
  });
}

it('every correlation is tested here, or is part of one that is', () => {
  const read = rules.get('logzio') ?? [];
  const parts = new Set(read.filter(isCorrelation).flatMap((one) => one.rules));
  const whole = read.filter((one) => isCorrelation(one) && !parts.has(one.name)).map(({ name }) => name);
  assert.deepEqual(whole.sort(), Object.keys(FOUND).sort());
});

function found(name: string, index: string, shape: ShapeName): string[] {
  const read = rules.get(shape) ?? [];
  const correlation = read.filter(isCorrelation).find((one) => one.name === name);
  assert(correlation, `no rule is named ${name}`);
  return groupsOf(correlation, read, (key) => answers.get(`${index}: ${key}`) ?? assert.fail(`no answer to ${key}`));
}
