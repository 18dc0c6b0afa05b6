/** A value, or the error that stood in its way: for models that refuse an input by name. */
export type Outcome<Value> = { readonly value: Value } | { readonly error: unknown };

export function attempt<Value>(compute: () => Value): Outcome<Value> {
  try {
    return { value: compute() };
  } catch (error) {
    return { error };
  }
}
