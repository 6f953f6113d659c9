/** The examples for Compose and Kubernetes fit the image. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfig } from '../../lib/config/parse.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const dockerfile = read('Dockerfile');
/** The value of the last such line. */
const line = (word: string) => [...dockerfile.matchAll(new RegExp(`^${word} (.+)$`, 'gm'))].at(-1)?.[1] ?? '';

const STATE = line('VOLUME');
const TOKENS = ['JUMPCLOUD_API_TOKEN', 'LOGZIO_API_TOKEN'];

test('the image works where the old one had its folder, as no root, and checks its health', () => {
  assert.equal(STATE, '/app/src/shared');
  assert.equal(line('WORKDIR'), STATE);
  assert.equal(line('USER'), '1000:1000');
  assert.match(line('HEALTHCHECK'), /CMD \["node", "\/app\/local\/health\.ts"\]$/);
});

test('compose.yaml keeps the state, mounts the configuration, names tokens and key, and waits for the end', () => {
  const service = parse(read('compose.yaml')).services['jumpcloud-logzio'];
  assert.deepEqual(service.volumes, [`state:${STATE}`, `./config.yaml:${STATE}/config.yaml:ro`]);
  assert.deepEqual(Object.keys(service.environment).sort(), ['HASH_KEY', ...TOKENS]);
  assert.equal(service.read_only, true);
  assert.equal(service.stop_grace_period, '30s');
});

test('kubernetes.yaml runs one replica with a volume and secrets, as the user of the image', () => {
  const documents = parseAllDocuments(read('docs/kubernetes.yaml')).map((document) => document.toJS());
  const [secret, configMap, claim, deployment] = documents;
  assert.deepEqual(
    documents.map(({ kind }) => kind),
    ['Secret', 'ConfigMap', 'PersistentVolumeClaim', 'Deployment'],
  );
  assert.deepEqual(Object.keys(secret.stringData).sort(), TOKENS);
  assert.ok(parseConfig(parse(configMap.data['config.yaml']), {}, Date.now()));
  assert.equal(deployment.spec.replicas, 1);
  assert.equal(deployment.spec.strategy.type, 'Recreate');
  const { securityContext, containers, volumes, terminationGracePeriodSeconds } = deployment.spec.template.spec;
  assert.equal(`${securityContext.runAsUser}:${securityContext.runAsGroup}`, line('USER'));
  assert.ok(terminationGracePeriodSeconds >= 30);
  const [container] = containers;
  assert.deepEqual(
    container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath),
    [STATE, `${STATE}/config.yaml`],
  );
  assert.ok(
    line('HEALTHCHECK').endsWith(`CMD ${JSON.stringify(container.readinessProbe.exec.command).replace(',', ', ')}`),
  );
  assert.equal(volumes[0].persistentVolumeClaim.claimName, claim.metadata.name);
  assert.equal(container.securityContext.readOnlyRootFilesystem, true);
});

test('whatever lies in the folder, only the program gets into the image', () => {
  const [first, ...rest] = read('.dockerignore')
    .split('\n')
    .filter((text) => text !== '' && !text.startsWith('#'));
  assert.equal(first, '*');
  assert.ok(rest.every((text) => text.startsWith('!')));
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) => names.split(' '));
  assert.deepEqual(rest.map((text) => text.slice(1)).sort(), [...new Set(copied)].sort());
});
