/** The commands in the documents that no test can run on any machine, by the reason why. */

/** This project's own, exactly as shown. */
export const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'AWS: npm run test:deploy runs it against an AWS on this machine': [
    'npx cdk bootstrap',
    'npx cdk deploy',
    'npm run tokens',
    'npm run uninstall',
    'npm run backfill -- --watch ID',
    'npm run backfill -- --watch <id>',
  ],
  'AWS: test/local/ runs the program against servers that answer like AWS': [
    'npm run tokens -- --only hashing',
    'npm run tokens -- --only jumpcloud',
    'npm run tokens -- --config second',
    'npm run status -- --stack NAME',
  ],
  'an AWS account': [
    'npx cdk diff',
    'npx cdk deploy --revert-drift',
    'npx cdk deploy -c backfill=none',
    'npx cdk deploy -c stack=jumpcloud-logzio-2 -c config=./second',
    'npx cdk deploy -c stack=jumpcloud-logzio-2 -c config=second',
    'LOG_LEVEL=DEBUG npx cdk deploy',
    `ask '{"check": true}'`,
  ],
  'the package registry: CI runs it first': ['npm ci', 'npm ci --omit=dev --cache /tmp/npm'],
  'it runs this file': ['npm test', 'npm run check'],
  'a part of npm test': ['npx node --test test/simulation/systematic.test.ts'],
  'minutes of simulation: CI runs 2,000 histories': [
    'npm run test:simulation',
    'npm run test:simulation -- --histories 2000 --seed 1',
    'npm run test:simulation -- --keep-digest',
    'npm run test:simulation -- --minutes 30 --seed random',
  ],
  'minutes to hours, and changes sources in a copy': [
    'npm run test:bugs',
    'npm run test:bugs -- dynamodb-store sender',
    'npm run test:mutants -- sender plan',
    'npm run test:mutants -- none',
  ],
  'a measurement: it needs the machine for itself': [
    'npm run bench',
    'npm run bench -- --quick',
    'npx node bench/gzip-levels.ts',
    'npx node bench/backfill.ts 300000 500 5',
  ],
  'Podman and root': ['npm run test:image'],
  'Java and Maven': ['npm run test:dashboards', 'npm run docs:logzio-picture'],
  'Python packages from the network: CI runs it': ['npm run test:deploy'],
  'it tags the repository: test/infra/release.test.ts tests it': ['npm run release -- 0.2.0'],
  'a certificate of the reader: test/platform/ tests it': ['NODE_EXTRA_CA_CERTS=/path/to/ca.pem npm start'],
};

/** Programs of others, and words of the shell, by how they begin. */
export const FOREIGN: Readonly<Record<string, RegExp>> = {
  'an AWS account': /^(?:ask\(\) \{ )?aws /,
  'the published repository': /^(?:sudo )?git /,
  'Docker: npm run test:image builds and runs the image by Podman': /^docker /,
  'it changes the system, as root': /^sudo |\| sudo |^journalctl /,
  "a token of Logz.io's API": /^curl /,
  'Python packages from the network: npm run test:dashboards uses them': /^(?:pip|sigma) /,
  'it wants a person': /^(?:nano|read|export) /,
  'only the shell': /^(?:cd|cat|for|while|done)\b/,
};
