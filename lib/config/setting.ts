/** What is known of a key of `config.yaml`: its check, its default, and its documentation. */
import type * as v from 'valibot';

/** Takes a form that is not the documented one but clear all the same; may warn of it. */
export type Tolerance = (value: unknown) => { readonly value: unknown; readonly warning?: string } | undefined;

export interface Setting<S extends v.GenericSchema = v.GenericSchema, D = unknown> {
  readonly schema: S;
  /** The value when the key is absent or empty, in its checked form. */
  readonly fallback: D;
  /** What the documentation shows as the default where `fallback` does not speak for itself. */
  readonly fallbackText?: string;
  /** What should stand there, as the object of "expected". */
  readonly expected: string;
  /** One or two sentences for the reference. */
  readonly meaning: string;
  /** The environment variable that overrides the file. */
  readonly environment?: string;
  /** Never shown, never deployed. */
  readonly secret?: true;
  readonly tolerate?: Tolerance;
}

/** Keeps the exact types of schema and default. */
export function setting<S extends v.GenericSchema, const D>(given: Setting<S, D>): Setting<S, D> {
  return given;
}

export type ValueOf<X> = X extends Setting<infer S, infer D> ? v.InferOutput<S> | D : never;
