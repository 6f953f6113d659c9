/** What every invocation brings, and what every answer has. */

/** What Lambda's context must tell. */
export interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** The part of an answer that every command has. */
export interface Result {
  readonly message: string;
  readonly warnings?: readonly string[];
  /** Numbers and lists, named with their units. */
  readonly [figure: string]: unknown;
}
