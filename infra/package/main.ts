/** `npm run package`: writes `dist/`, which deploys without Node.js and without the CDK. */
import { join } from 'node:path';
import { requireNode } from '../node-version.ts';
import { buildPackage } from './build.ts';

requireNode(process.versions.node);
const directory = join(import.meta.dirname, '../../dist');
const files = await buildPackage(directory);
process.stdout.write(`dist/ holds ${files.join(', ')}.\nHow to deploy it: dist/DEPLOY.md\n`);
