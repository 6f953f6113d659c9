/** The part of dynalite that is used here; it comes without types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** Folder of the data; in memory when absent. */
    readonly path?: string;
    /** How long a new table stays in state CREATING. */
    readonly createTableMs?: number;
  }

  /** Closing the server closes the data too. */
  export default function dynalite(options?: Options): Server;
}
