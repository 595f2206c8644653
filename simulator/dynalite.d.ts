/** dynalite ships no types; this is the part that we use. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** How long a new table stays CREATING, in milliseconds. */
    readonly createTableMs?: number;
  }

  /** An HTTP server that is not listening yet. Without a path it keeps everything in memory. */
  function dynalite(options?: DynaliteOptions): Server;
  export = dynalite;
}
