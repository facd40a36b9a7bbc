type Json = unknown;
type JsonObject = Record<string, Json>;

export const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object without a prototype, so that a member called __proto__ is a member. */
const bare = (): JsonObject => Object.create(null) as JsonObject;

/**
 * JSON Merge Patch (RFC 7396, section 2): members of the patch take the place of the target's, objects are merged, null takes
 * a member away, and anything else, a list too, is taken whole. Neither argument is changed. Pure.
 */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result = Object.assign(bare(), isObject(target) ? target : {});
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}
