/**
 * A page's inputs. They live in the address and nowhere else, exactly as they were typed: a link, the back
 * button or a pasted address bring the page back as it was.
 */
import { route } from './route.svelte';

export interface InputSpec {
  readonly label: string;
  readonly unit?: string;
  readonly hint?: string;
  readonly initial: string;
  /** Words, where a number is the rule. */
  readonly kind?: 'text';
}

/** An address leaves empty parameters out, where the default would take their place: a blank stands for them. */
const emptied = ' ';

export class Inputs<Name extends string> {
  readonly specs: Readonly<Record<Name, InputSpec>>;
  readonly names: readonly Name[];

  constructor(specs: Readonly<Record<Name, InputSpec>>) {
    this.specs = specs;
    this.names = Object.keys(specs) as Name[];
  }

  /** What stands in the field. */
  text(name: Name): string {
    const text = route.param(name, this.specs[name].initial);
    return text === emptied ? '' : text;
  }

  /** NaN for what is no number: the models refuse it by name. */
  number(name: Name): number {
    const text = this.text(name).trim().replaceAll(',', '');
    return text === '' ? NaN : Number(text);
  }

  /** One of a few: the first of them for what an address should not say. */
  choice<const Value extends string>(name: Name, values: readonly [Value, ...Value[]]): Value {
    const text = this.text(name);
    return values.find((value) => value === text) ?? values[0];
  }

  put(name: Name, text: string): void {
    route.update({ [name]: this.#kept(name, text) });
  }

  set(values: Partial<Record<Name, string | number>>): void {
    const given = this.names.filter((name) => values[name] !== undefined);
    route.update(
      Object.fromEntries(given.map((name) => [name, this.#kept(name, String(values[name]))])),
    );
  }

  /** Those at their defaults are left out of the address. */
  #kept(name: Name, text: string): string | undefined {
    return text === this.specs[name].initial ? undefined : text || emptied;
  }

  reset(): void {
    route.update(Object.fromEntries(this.names.map((name) => [name, undefined])));
  }
}
