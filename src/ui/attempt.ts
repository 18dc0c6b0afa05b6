/** A value, or the error that was in its way: for models that refuse an input by name. */
export type Attempt<Value> = { readonly value: Value } | { readonly error: unknown };

export function attempt<Value>(compute: () => Value): Attempt<Value> {
  try {
    return { value: compute() };
  } catch (error) {
    return { error };
  }
}
