/** Ends the program in plain words when its disk refuses a write where nobody can catch it. */
import { faultOfDisk } from '../simulators/disk-fault.ts';

/** Exit code. */
const FAILED = 1;
/** LevelDB's own codes, and those of streams. */
const OF_A_DISK = /^(?:LEVEL_|ENOSPC$|EDQUOT$|EROFS$|EIO$)/;

/**
 * The database throws what the disk refuses from a callback, and takes no further write after that.
 * @param meaning what this end means for the events
 * @returns stops listening
 */
export function endOnDiskFault(folder: string, meaning: string): () => void {
  const onThrown = (error: NodeJS.ErrnoException) => {
    const words = faultOfDisk(folder)?.message ?? `Writing in ${folder} failed: ${error.message}.`;
    process.stderr.write(OF_A_DISK.test(error.code ?? '') ? `${words} ${meaning}\n` : `${error.stack}\n`);
    process.exit(FAILED);
  };
  process.on('uncaughtException', onThrown);
  return () => void process.off('uncaughtException', onThrown);
}
