/**
 * A page's inputs. They live in the address and nowhere else, exactly as they were typed: a link, the back
 * button or a pasted address bring the page back as it was.
 */
import { InputError, numberProblem, parseNumber, type NumberRule } from './number-rule';
import { route } from './route.svelte';

export interface InputSpec {
  readonly label: string;
  readonly unit?: string;
  readonly hint?: string;
  readonly initial: string;
  /** Words; by default a field takes a number. */
  readonly kind?: 'text';
  /** Which numbers it takes; any by default. */
  readonly rule?: NumberRule;
}

/** An address leaves empty parameters out, where the default would take their place: a blank replaces them. */
const emptied = ' ';

export class Inputs<Name extends string> {
  readonly specs: Readonly<Record<Name, InputSpec>>;
  readonly names: readonly Name[];

  constructor(specs: Readonly<Record<Name, InputSpec>>) {
    this.specs = specs;
    this.names = Object.keys(specs) as Name[];
  }

  /** What is in the field. */
  text(name: Name): string {
    const text = route.param(name, this.specs[name].initial);
    return text === emptied ? '' : text;
  }

  /** NaN for what is not a number. */
  number(name: Name): number {
    return parseNumber(this.text(name));
  }

  /** What is wrong with a field, by its label and unit; undefined where nothing is. */
  problem(name: Name): string | undefined {
    const { kind, ...named }: InputSpec = this.specs[name];
    return kind === 'text' ? undefined : numberProblem(this.text(name), named);
  }

  /** The number, for a model. @throws InputError `input-not-valid`, by the field's label and unit */
  checked(name: Name): number {
    const problem = this.problem(name);
    if (problem !== undefined)
      throw new InputError(problem, { field: name, value: this.text(name) });
    return this.number(name);
  }

  /** One of a few: the first of them where the address has none of them. */
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
