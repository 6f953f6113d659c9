/** Stops an entry point that was started by a Node other than the one the function runs on. */

const REQUIRED_MAJOR = 24;

/**
 * @param version what `process.versions.node` says, e.g. `24.21.0`.
 * @throws {WrongNodeVersion} when its major version is below the one this project is written for.
 */
export function requireNode(version: string): void {
  if (Number.parseInt(version, 10) < REQUIRED_MAJOR) throw new WrongNodeVersion(version);
}

export class WrongNodeVersion extends Error {
  override readonly name = 'WrongNodeVersion';

  constructor(version: string) {
    super(
      `This runs on Node.js ${version}, but needs ${REQUIRED_MAJOR} or newer. ` +
        `"npm ci" installs it beside the project: start this through "npx cdk" or an npm script, not through a "node" of your own.`,
    );
  }
}
