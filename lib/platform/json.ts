/** JSON values as they come from JumpCloud: anything may be anything. */

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

export interface JsonObject {
  [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In Node since 21, not yet in TypeScript's own libraries. */
declare global {
  interface JSON {
    /** A value that `JSON.stringify` writes as `text`, digit for digit. */
    rawJSON(text: string): { readonly rawJSON: string };
    isRawJSON(value: unknown): value is { readonly rawJSON: string };
  }
}
