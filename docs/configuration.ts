/**
 * Writes `docs/configuration.md` and `config.example.yaml` from the table that also checks the
 * configuration, and from the words for people: `node docs/configuration.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Setting } from '../lib/config/setting.ts';
import { knownKeys, type SettingPath, settings } from '../lib/config/settings.ts';
import { SETTING_WORDS } from './settings.ts';
import { wrapped } from './wrapped.ts';

const INTRODUCTION = `# Configuration

\`config.yaml\` stands beside \`package.json\`. [config.example.yaml](../config.example.yaml) holds every
key with its default. Nothing in it is required: an absent key and an empty one (\`start_date:\`) mean
the default. It is checked as a whole before anything is started or deployed, and all its faults are
reported at once. The \`config.yaml\` of the Docker image logzio-jumpcloud works as it is.

An environment variable, where there is one, comes before the file. Tokens are used by local runs
and by \`npm run tokens\`, which puts them into SSM. No deployment takes them along.

The file is YAML 1.2, in UTF-8 or in the UTF-16 that PowerShell writes. A date needs no quotes.
\`yes\` is a text and not \`true\`. A key given twice is a fault. An id made of digits keeps all of
them.
`;

/**
 * By JumpCloud's own names; where the names come from: JumpCloud-Serverless 3.2 and Elastic's
 * package 1.18, 2026.
 */
const SERVICES: Readonly<Record<string, string>> = {
  access_management: 'requests for access, and their approval',
  alerts: "JumpCloud's alerts and their rules",
  asset_management: 'assets',
  directory: 'administrators, users, groups, and their logins to the portals',
  ldap: 'binds and searches',
  mdm: 'answers of managed devices to commands',
  notifications: 'notifications that were sent',
  object_storage: 'stored files',
  password_manager: 'shared passwords',
  radius: 'logins to Wi-Fi and VPN',
  reports: 'reports that were run',
  saas_app_management: 'discovered applications and licences',
  software: 'software that devices gained, changed or lost',
  sso: 'logins to applications',
  systems: 'logins to devices, and what their agents did',
  workflows: 'automations',
};
/** Only one of the two lists has these, or neither says what they are. */
const RARE_SERVICES = ['alert', 'aigw', 'di_events', 'genai'];

function servicesReference(): string {
  const rows = Object.entries(SERVICES).map(([name, about]) => `| \`${name}\` | ${about} |`);
  const rare = RARE_SERVICES.map((name) => `\`${name}\``).join(', ');
  return `### JumpCloud's services
Names for \`jumpcloud_api.settings.services\`. JumpCloud does not document which of them \`all\`
leaves out, and adds to them without notice.

| service | its events |
|---|---|
${rows.join('\n')}

${wrapped(`Elastic's package names ${rare} too (\`alert\` where JumpCloud's own collector says \`alerts\`). Take these for those that \`all\` does not contain: name them where you use the product they belong to. JumpCloud answers a name that it does not know with its list of names; \`{"check": true}\` shows that answer. If it refuses a name beside \`all\`, list all names instead.`)}
`;
}

export function configurationReference(): string {
  const sections = knownKeys('').map((section) => {
    const rows = settings
      .filter(([path]) => path.startsWith(`${section}.`))
      .map(([path, setting]) => row(path, setting));
    const more = section === 'jumpcloud_api' ? `\n${servicesReference()}` : '';
    return `## ${section}\n\n| key | default | meaning | accepted |\n|---|---|---|---|\n${rows.join('\n')}\n${more}`;
  });
  const variables = settings.flatMap(([path, { environment }]) =>
    environment ? `| \`${environment}\` | \`${path}\` |` : [],
  );
  const environment = `## Environment variables\n\n| variable | overrides |\n|---|---|\n${variables.join('\n')}\n`;
  const generated = '<!-- Written by docs/configuration.ts from lib/config and docs/settings.ts: edit it there. -->\n';
  return [generated + INTRODUCTION, ...sections, environment].join('\n');
}

function row(path: SettingPath, setting: Setting): string {
  const expected = setting.expected.replaceAll(/https?:\/\/\S+/g, '`$&`');
  const { meaning, empty } = SETTING_WORDS[path];
  const cells = [`\`${path}\``, empty ?? shownDefault(setting), meaning, expected];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function shownDefault({ fallback }: Setting): string {
  return fallback === undefined ? 'none' : `\`${asYaml(fallback)}\``;
}

export function configurationExample(): string {
  const lines = [
    '# Every key with its default: copy this file to config.yaml and keep what you change.',
    '# docs/configuration.md says more.',
  ];
  let open: string[] = [];
  for (const [path, setting] of settings) {
    const keys = path.split('.');
    for (const [depth, key] of keys.slice(0, -1).entries()) {
      if (open[depth] === key) continue;
      lines.push(...(depth === 0 ? [''] : []), `${'  '.repeat(depth)}${key}:`);
      open = keys.slice(0, depth + 1);
    }
    open = keys.slice(0, -1);
    const indent = '  '.repeat(keys.length - 1);
    const value = setting.fallback === undefined ? '' : ` ${asYaml(setting.fallback)}`;
    lines.push(`${indent}# ${hint(path, setting)}`, `${indent}${keys.at(-1)}:${value}`);
  }
  return `${lines.join('\n')}\n`;
}

function hint(path: SettingPath, { expected, fallback, environment }: Setting): string {
  const { empty } = SETTING_WORDS[path];
  const meant = fallback === undefined && empty ? `; empty: ${empty.replaceAll('`', '')}` : '';
  return `${expected}${meant}${environment ? `; or ${environment}` : ''}`;
}

/** Texts, numbers, booleans, and lists of simple texts: all that defaults consist of. */
function asYaml(value: unknown): string {
  return Array.isArray(value)
    ? `[${value.join(', ')}]`
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  writeFileSync(join(root, 'docs/configuration.md'), configurationReference());
  writeFileSync(join(root, 'config.example.yaml'), configurationExample());
}
