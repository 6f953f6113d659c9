/** JSON values as they come from JumpCloud: anything may be anything. */

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

export interface JsonObject {
  [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object that a JSON text holds (a byte order mark may be before it); `{}` where none is. */
export function jsonObjectIn(body: Buffer): JsonObject {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
    return isJsonObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** In Node since 21, not yet in TypeScript's own libraries. */
declare global {
  interface JSON {
    /** A value that `JSON.stringify` writes as `text`, digit for digit. */
    rawJSON(text: string): { readonly rawJSON: string };
    isRawJSON(value: unknown): value is { readonly rawJSON: string };
  }
}
