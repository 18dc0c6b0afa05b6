/** Values of a node config: found, set, merged and written. */
import { configOptions, type ConfigOption } from './schema';

export type ConfigValue =
  null | boolean | number | bigint | string | readonly ConfigValue[] | ConfigObject;

export interface ConfigObject {
  readonly [key: string]: ConfigValue;
}

export interface ConfigFinding {
  /** error: the node does not start, or not as meant. danger: it does, and that may cost you. */
  readonly severity: 'error' | 'danger' | 'warning' | 'note';
  /** "smeshing/smeshing-coinbase" */
  readonly path: string;
  readonly message: string;
  /** From 1; absent for what is missing or was edited in the page. */
  readonly line?: number | undefined;
}

export const isObject = (value: ConfigValue | undefined): value is ConfigObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path, whatever the case of its keys; undefined if it is not there. */
export function configAt(config: ConfigObject, path: readonly string[]): ConfigValue | undefined {
  let value: ConfigValue | undefined = config;
  for (const key of path) {
    if (!isObject(value)) return undefined;
    const found: string | undefined = Object.keys(value).find(
      (name) => name.toLowerCase() === key.toLowerCase(),
    );
    value = found === undefined ? undefined : value[found];
  }
  return value;
}

/** The config with one value set, or taken out with undefined; empty sections go with it. */
export function withOption(
  config: ConfigObject,
  [key, ...below]: readonly string[],
  value: ConfigValue | undefined,
): ConfigObject {
  if (key === undefined) return config;
  const name = Object.keys(config).find((one) => one.toLowerCase() === key.toLowerCase()) ?? key;
  const old = Object.hasOwn(config, name) ? config[name] : undefined;
  const changed = below.length === 0 ? value : withOption(isObject(old) ? old : {}, below, value);
  const empty = isObject(changed) && Object.keys(changed).length === 0 && below.length > 0;
  if (changed === undefined || empty)
    return Object.fromEntries(Object.entries(config).filter(([one]) => one !== name));
  return { ...config, [name]: changed };
}

/** Everything of both; where both have a value, that of `over`. Lists are replaced, as the node does. */
export function mergeConfigs(base: ConfigObject, over: ConfigObject): ConfigObject {
  const merged = new Map(Object.entries(base));
  const names = new Map<string, string>();
  for (const name of merged.keys())
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  for (const [key, value] of Object.entries(over)) {
    const name = names.get(key.toLowerCase()) ?? key;
    names.set(key.toLowerCase(), name);
    const old = merged.get(name);
    merged.set(name, isObject(old) && isObject(value) ? mergeConfigs(old, value) : value);
  }
  return Object.fromEntries(merged);
}

/** JSON with two spaces and a newline at the end; whole numbers keep all their digits. */
export function writeConfig(config: ConfigObject): string {
  return `${write(config, '')}\n`;
}

function write(value: ConfigValue, indent: string): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  const parts = isObject(value)
    ? Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${write(one, deeper)}`)
    : value.map((one) => write(one, deeper));
  const [open, close] = isObject(value) ? ['{', '}'] : ['[', ']'];
  if (parts.length === 0) return open + close;
  return `${open}\n${deeper}${parts.join(`,\n${deeper}`)}\n${indent}${close}`;
}

export const findOption = (path: readonly string[]): ConfigOption | undefined =>
  configOptions.find((one) => one.path.join('/').toLowerCase() === path.join('/').toLowerCase());

/** The value at a path, whatever the case of its keys: as configAt, for many paths of one config. */
export type LookUp = (path: readonly string[]) => ConfigValue | undefined;

export function lookUpIn(config: ConfigObject): LookUp {
  const sections = new Map<ConfigObject, Map<string, ConfigValue>>();
  const sectionOf = (section: ConfigObject): Map<string, ConfigValue> => {
    const known = sections.get(section);
    if (known) return known;
    const values = new Map<string, ConfigValue>();
    for (const [key, value] of Object.entries(section))
      if (!values.has(key.toLowerCase())) values.set(key.toLowerCase(), value);
    sections.set(section, values);
    return values;
  };
  return (path) => {
    let value: ConfigValue | undefined = config;
    for (const key of path)
      value = isObject(value) ? sectionOf(value).get(key.toLowerCase()) : undefined;
    return value;
  };
}
