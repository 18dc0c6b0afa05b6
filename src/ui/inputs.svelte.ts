/**
 * A page's inputs: what was typed, kept in the address, and the numbers that it means. What stands in the
 * address is exactly what was typed, so a link brings the page back as it was.
 */
import { route } from './route.svelte';

export interface InputSpec {
  readonly label: string;
  readonly unit?: string;
  readonly hint?: string;
  readonly initial: string;
  readonly step?: number;
}

export class Inputs<Name extends string> {
  readonly specs: Readonly<Record<Name, InputSpec>>;
  readonly names: readonly Name[];
  values: Record<Name, string>;

  constructor(specs: Readonly<Record<Name, InputSpec>>) {
    this.specs = specs;
    this.names = Object.keys(specs) as Name[];
    const values = $state(
      Object.fromEntries(
        this.names.map((name) => [name, route.param(name, specs[name].initial)]),
      ) as Record<Name, string>,
    );
    this.values = values;
  }

  /** NaN for what is no number: the models refuse it by name. */
  number(name: Name): number {
    const text = this.values[name].trim().replaceAll(',', '');
    return text === '' ? NaN : Number(text);
  }

  /** Keeps the inputs in the address; those at their defaults are left out. */
  share(): void {
    route.update(
      Object.fromEntries(
        this.names.map((name) => [
          name,
          this.values[name] === this.specs[name].initial ? undefined : this.values[name],
        ]),
      ),
    );
  }

  set(values: Partial<Record<Name, string | number>>): void {
    for (const name of this.names) {
      const value = values[name];
      if (value !== undefined) this.values[name] = String(value);
    }
    this.share();
  }

  reset(): void {
    this.set(
      Object.fromEntries(this.names.map((name) => [name, this.specs[name].initial])) as Record<
        Name,
        string
      >,
    );
  }
}
