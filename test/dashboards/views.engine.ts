/**
 * The dashboard's and the alerts' queries, as they stand in docs/logzio/, asked of OpenSearch over
 * logs that the shapes made:
 * each finds exactly the events that it is there for. `npm run test:dashboards`; needs java and
 * mvn.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { JsonObject, JsonValue } from '../../lib/platform/json.ts';
import { fixtureEvents, logOf } from '../support/logs.ts';
import { END, INCIDENTS, quietDay } from './incidents.ts';
import { ask, type Search, type SearchAnswer } from './opensearch.ts';
import { type Alert, alertSearches, alertsOf, countsOf, panelSearch, panelsOf, rings, SHAPES, tree } from './views.ts';

const LOGINS = [
  'user_login_attempt',
  'admin_login_attempt',
  'sso_auth',
  'ldap_bind',
  'radius_auth_attempt',
  'radius_auth',
];
const type = (event: JsonObject) => String(event.event_type);
const isLogin = (event: JsonObject) => LOGINS.includes(type(event));
/** A success written as text counts as one: the shapes make a boolean of it. */
const outcome = (event: JsonObject) => String(event.success ?? event.sso_token_success) === 'true';
const at = (event: JsonObject, path: string) =>
  path.split('.').reduce<JsonValue | undefined>((value, name) => (value as JsonObject | undefined)?.[name], event);

/** What each panel must count, said independently of its query. */
const EXPECTED: Readonly<
  Record<string, { of: (event: JsonObject) => boolean; groups: (event: JsonObject) => unknown[] }>
> = {
  'logins-over-time': { of: isLogin, groups: (event) => [outcome(event) ? 'succeeded' : 'failed'] },
  'mfa-share': {
    of: (event) => isLogin(event) && outcome(event),
    groups: (event) => [typeof event.mfa === 'boolean' ? event.mfa : undefined],
  },
  'failed-logins': {
    of: (event) => isLogin(event) && !outcome(event),
    groups: (event) =>
      ['initiated_by.username', 'initiated_by.email', 'geoip.country_code'].map((path) => at(event, path)),
  },
  'admin-actions': {
    of: (event) => at(event, 'initiated_by.type') === 'admin' && type(event) !== 'admin_login_attempt',
    groups: (event) => [at(event, 'initiated_by.email'), type(event)],
  },
  'top-applications': {
    of: (event) => type(event) === 'sso_auth' && outcome(event),
    groups: (event) => [at(event, 'application.name')],
  },
  lockouts: { of: (event) => /^(user|admin)_(lockout|unlocked)$/.test(type(event)), groups: (event) => [type(event)] },
  'password-changes': {
    of: (event) => /password_(change|set|reset_request|expired)$/.test(type(event)),
    groups: (event) => [type(event)],
  },
  'events-by-service': { of: () => true, groups: (event) => [event.service] },
};

/**
 * The people of the sample day log in from all over the world: what these find is compared one by
 * one.
 */
const RINGS_EVERY_DAY = new Set(['login-from-a-new-country', 'user-in-two-countries', 'impossible-travel']);

const quiet = [...fixtureEvents(), ...quietDay()];
const events = [...quiet, ...Object.values(INCIDENTS).flat()];
const names = Object.keys(alertsOf('logzio'));
const answers = new Map<string, SearchAnswer>();

before(async () => {
  const indices: Record<string, JsonObject[]> = {};
  const searches: [key: string, search: Search][] = [];
  for (const shape of SHAPES) {
    // A log of somebody else's in the same account must not be counted.
    const foreign: JsonObject = { '@timestamp': new Date(END - 1000).toISOString(), type: 'nginx', message: 'GET /' };
    indices[shape] = [...events.map((event) => logOf(shape, event)), foreign];
    indices[`${shape}-quiet`] = [...quiet.map((event) => logOf(shape, event)), foreign];
    for (const panel of panelsOf(shape)) {
      searches.push([`${shape} ${panel.id}`, { index: shape, body: panelSearch(panel) }]);
    }
    for (const [name, alert] of Object.entries(alertsOf(shape))) {
      for (const index of [shape, `${shape}-quiet`])
        for (const [place, body] of alertSearches(alert).entries())
          searches.push([`${index} ${name} ${place}`, { index, body }]);
    }
  }
  const all = await ask(
    indices,
    searches.map(([, search]) => search),
  );
  for (const [place, [key]] of searches.entries()) answers.set(key, all[place] as SearchAnswer);
});

for (const shape of SHAPES) {
  describe(`panels, shape ${shape}`, () => {
    for (const [id, { of, groups }] of Object.entries(EXPECTED)) {
      it(`${id} counts exactly its events, in the right groups`, () => {
        const wanted = events.filter(of);
        assert.ok(wanted.length > 0);
        const answer = answerTo(`${shape} ${id}`);
        assert.deepEqual(
          answer.hits.hits.map(({ _id }) => Number(_id)).sort((a, b) => a - b),
          events.flatMap((event, place) => (of(event) ? [place] : [])),
        );
        assert.deepEqual(tree(answer.aggregations), counted(wanted, groups));
      });
    }
  });

  describe(`alerts, shape ${shape}`, () => {
    for (const name of names) {
      const incident = name in INCIDENTS;
      it(
        incident ? `${name} rings at its incident, and not on a quiet day` : `${name} rings where there is nothing`,
        () => {
          const alert = alertsOf(shape)[name] as Alert;
          const answersIn = (index: string) =>
            alert.subComponents.map((_, place) => answerTo(`${index} ${name} ${place}`));
          assert.equal(rings(alert, answersIn(shape)), incident);
          if (!RINGS_EVERY_DAY.has(name)) assert.equal(rings(alert, answersIn(`${shape}-quiet`)), false);
          if (!incident) assert.equal(rings(alert, [{ hits: { total: { value: 0 }, hits: [] } }]), true);
        },
      );
    }
  });
}

for (const shape of SHAPES) {
  for (const [alert, hours, user, victim] of [
    ['user-in-two-countries', 24, 'initiated_by.username', 'traveller'],
    ['impossible-travel', 1, 'initiated_by.id', 'id-of-fast'],
  ] as const) {
    it(`${alert} names exactly those who were, shape ${shape}`, () => {
      const countries = new Map<string, Set<unknown>>();
      for (const event of lastHours(hours).filter((one) => isLogin(one) && outcome(one))) {
        const [name, country] = [at(event, user), at(event, 'geoip.country_code')];
        if (typeof name !== 'string' || country === undefined) continue;
        countries.set(name, (countries.get(name) ?? new Set()).add(country));
      }
      const wanted = [...countries].filter(([, seen]) => seen.size > 1).map(([name]) => name);
      const named = countsOf(answerTo(`${shape} ${alert} 0`), true)
        .filter(({ count }) => count > 1)
        .map(({ group }) => group);
      assert.ok(wanted.includes(victim));
      assert.deepEqual(named.sort(), wanted.sort());
    });
  }

  it(`login-from-a-new-country finds exactly those outside the list, shape ${shape}`, () => {
    const wanted = lastHours(24).filter((event) => {
      const country = at(event, 'geoip.country_code');
      const isRecent = Date.parse(String(event.timestamp)) >= END - 600_000;
      return (
        isRecent && isLogin(event) && outcome(event) && country !== undefined && country !== 'US' && country !== 'CA'
      );
    });
    assert.equal(answerTo(`${shape} login-from-a-new-country 0`).hits.total.value, wanted.length);
  });
}

function lastHours(hours: number): JsonObject[] {
  return events.filter(({ timestamp }) => {
    const ms = Date.parse(String(timestamp));
    return ms >= END - hours * 3_600_000 && ms < END;
  });
}

it('every panel of the dashboard is tested here', () => {
  assert.deepEqual(
    panelsOf('logzio')
      .map(({ id }) => id)
      .sort(),
    Object.keys(EXPECTED).sort(),
  );
});

function answerTo(key: string): SearchAnswer {
  return answers.get(key) ?? assert.fail(`no answer to ${key}`);
}

function counted(wanted: readonly JsonObject[], groups: (event: JsonObject) => unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of wanted) {
    const path = groups(event);
    if (path.some((value) => value === undefined || value === null)) continue;
    const key = path.join(' > ');
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
