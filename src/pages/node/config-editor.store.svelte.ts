/** The node config that is edited. It stays in memory: configs may hold passwords. */
import { checkConfig } from '../../node/config/checks';
import {
  configAt,
  mergeConfigs,
  withOption,
  writeConfig,
  type ConfigFinding,
  type ConfigObject,
  type ConfigValue,
} from '../../node/config/values';
import { readConfig, type ConfigReading } from '../../node/config/config';
import { configOptions, type ConfigOption } from '../../node/config/schema';

const secretPaths = configOptions
  .filter(({ type, path }) => type === 'secret' || path.at(-1) === 'metrics-push-header')
  .map(({ path }) => path);

export class ConfigEditorStore {
  name = $state('');
  config = $state.raw<ConfigObject>({});
  /** Dropped while another was being edited: waits for what to do with it. */
  offered = $state.raw<{ readonly name: string; readonly reading: ConfigReading }>();
  /** As read: they know their lines. Gone with the first edit. */
  #asRead = $state.raw<readonly ConfigFinding[]>();

  readonly findings = $derived(this.#asRead ?? checkConfig(this.config));
  readonly empty = $derived(Object.keys(this.config).length === 0);
  readonly json = $derived(writeConfig(this.config));
  readonly hasSecrets = $derived(
    secretPaths.some((path) => configAt(this.config, path) !== undefined),
  );
  /** To be shown: passwords are covered. */
  readonly maskedJson = $derived(
    writeConfig(
      secretPaths.reduce(
        (config, path) =>
          configAt(config, path) === undefined ? config : withOption(config, path, '•••'),
        this.config,
      ),
    ),
  );

  /** @throws WorkbenchError `config-…` */
  offer(name: string, text: string): void {
    const reading = readConfig(text);
    if (this.empty) this.#use(name, reading);
    else this.offered = { name, reading };
  }

  /** Everything of both; the offered one wins. */
  merge(): void {
    if (!this.offered) return;
    this.config = mergeConfigs(this.config, this.offered.reading.config);
    this.#asRead = undefined;
    this.offered = undefined;
  }

  replace(): void {
    if (this.offered) this.#use(this.offered.name, this.offered.reading);
  }

  clear(): void {
    this.#use('', { config: {}, findings: [] });
  }

  #use(name: string, { config, findings }: ConfigReading): void {
    this.name = name;
    this.config = config;
    this.#asRead = findings;
    this.offered = undefined;
  }

  /** What is in an option's field. */
  fieldOf({ path }: ConfigOption): string {
    const value = configAt(this.config, path);
    if (value === undefined) return '';
    if (typeof value === 'string') return value;
    return typeof value === 'object' && value !== null
      ? writeConfig(value as ConfigObject).trim()
      : String(value);
  }

  /** Takes over what was typed; an empty field takes the option out. */
  setField(option: ConfigOption, typed: string): void {
    this.#asRead = undefined;
    const value = typed.trim() === '' ? undefined : valueOf(option, typed.trim());
    this.config = withOption(this.config, option.path, value);
  }
}

/** What cannot be read in the option's type stays text, of which the check then states what it must be. */
function valueOf({ type }: ConfigOption, typed: string): ConfigValue {
  switch (type) {
    case 'boolean':
      return typed === 'true' ? true : typed === 'false' ? false : typed;
    case 'integer':
      return /^\d{1,15}$/.test(typed) ? Number(typed) : /^\d+$/.test(typed) ? BigInt(typed) : typed;
    case 'listener':
      return typed === '""' ? '' : typed;
    case 'texts':
      return typed.startsWith('[')
        ? parsed(typed)
        : typed.split(/[\s,]+/).filter((one) => one !== '');
    case 'poet-servers':
    case 'other':
      return parsed(typed);
    default:
      return typed;
  }
}

function parsed(typed: string): ConfigValue {
  try {
    return readConfig(`{"value":${typed}}`).config['value'] ?? typed;
  } catch {
    return typed;
  }
}
