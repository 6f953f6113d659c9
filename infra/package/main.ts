/** `npm run package`: writes `dist/`, which deploys without Node.js and without the CDK. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { requireNode } from '../node-version.ts';
import { buildPackage } from './build.ts';

requireNode(process.versions.node);
const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
if (values.help) {
  process.stdout.write(
    'npm run package    writes dist/: the functions and a CloudFormation template; takes no options\n',
  );
  process.exit();
}
const directory = join(import.meta.dirname, '../../dist');
const files = await buildPackage(directory);
process.stdout.write(`dist/ holds ${files.join(', ')}.\nHow to deploy it: dist/DEPLOY.md\n`);
