/** Stops an entry point that was started by an older Node than this project needs. */

/**
 * The first version whose HTTP agents know proxies: https://nodejs.org/api/http.html, `proxyEnv`.
 */
const LEAST = { major: 24, minor: 5 } as const;

/**
 * @param version what `process.versions.node` says, e.g. `24.21.0`
 * @throws {WrongNodeVersion}
 */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < LEAST.major || (major === LEAST.major && minor < LEAST.minor)) throw new WrongNodeVersion(version);
}

export class WrongNodeVersion extends Error {
  override readonly name = 'WrongNodeVersion';

  constructor(version: string) {
    const least = `${LEAST.major}.${LEAST.minor}`;
    super(
      `This runs on Node.js ${version}, but needs ${least} or newer. Nothing was done. ` +
        `On Linux, on Windows (x64) and on Macs with an Intel processor "npm ci" installs it beside the project. Start this through "npx cdk" or an npm script, not through a "node" of your own. ` +
        `On other machines, such as Macs with an Apple processor, install Node.js ${LEAST.major} from https://nodejs.org.`,
    );
  }
}
