/** What is wrong with the options of a node config, each by itself. */
import { parseAddress } from '../../protocol/address';
import { WorkbenchError } from '../../base/error';
import { configOptions, knownKeys, logServices, type ConfigOption } from './schema';
import { goDurationMs } from '../log/life';
import {
  type ConfigValue,
  type ConfigObject,
  type ConfigFinding,
  isObject,
  lookUpIn,
} from './values';
import { checkTogether } from './together';

const severities = ['error', 'danger', 'warning', 'note'] as const;

/** A config of a node has a dozen findings at most. */
export const mostFindings = 200;

/** The worst first; beyond the bound only their number. */
export function worstOf(findings: readonly ConfigFinding[]): ConfigFinding[] {
  const sorted = severities.flatMap((wanted) =>
    findings.filter(({ severity }) => severity === wanted),
  );
  const more = sorted.length - mostFindings;
  if (more <= 0) return sorted;
  return [
    ...sorted.slice(0, mostFindings),
    {
      severity: 'note',
      path: '',
      message: `${more} more findings are not listed. Fix these first, then check again.`,
    },
  ];
}

/** What the node would refuse, what would harm its owner, and what does nothing. */
export const checkConfig = (config: ConfigObject): ConfigFinding[] => worstOf(allFindings(config));

export function allFindings(config: ConfigObject): ConfigFinding[] {
  const lookUp = lookUpIn(config);
  return [
    ...unknownKeys(config, ''),
    ...configOptions.flatMap((one) => checkOption(one, lookUp(one.path))),
    ...checkTogether(lookUp),
  ];
}

function unknownKeys(value: ConfigObject, section: string): ConfigFinding[] {
  const known = knownKeys.get(section.toLowerCase());
  if (!known) return [];
  return Object.entries(value).flatMap(([key, below], i) => {
    const path = section === '' ? key : `${section}/${key}`;
    if (known.has(key.toLowerCase())) return isObject(below) ? unknownKeys(below, path) : [];
    // Beyond the bound the finding is counted only.
    const like = i < mostFindings ? nearest(key.toLowerCase(), known) : undefined;
    return [
      {
        severity: 'error' as const,
        path,
        message: `The node does not start: it knows no "${key}"${section === '' ? '' : ` in "${section}"`}.${like ? ` Is "${like}" meant?` : ''}`,
      },
    ];
  });
}

function nearest(key: string, known: ReadonlySet<string>): string | undefined {
  const inside = [...known].filter((one) => one.includes(key) || key.includes(one));
  if (inside.length > 0) return inside.sort((a, b) => b.length - a.length)[0];
  const strip = (text: string) => text.replace(/[-_]/g, '').replace(/s$/, '');
  return [...known].find((one) => strip(one) === strip(key));
}

function checkOption(one: ConfigOption, value: ConfigValue | undefined): ConfigFinding[] {
  if (value === undefined) return [];
  const path = one.path.join('/');
  const name = one.path.at(-1) ?? '';
  const error = (message: string): ConfigFinding[] => [{ severity: 'error', path, message }];
  const must = (what: string) => error(`"${name}" must be ${what}.`);
  if (one.choices && one.type !== 'level')
    return typeof value === 'string' && one.choices.includes(value)
      ? []
      : must(`one of ${one.choices.join(', ')}`);
  switch (one.type) {
    case 'boolean':
      return typeof value === 'boolean' ? [] : must('true or false, without quotes');
    case 'integer':
      if ((typeof value === 'bigint' || isWhole(value)) && value >= 0) return [];
      return must('a whole number, without quotes');
    case 'duration':
      if (typeof value === 'string' && goDurationMs(value) !== undefined) return [];
      return must('a duration such as "30s" or "2h0m0s"');
    case 'level': {
      const service = logServices.find(({ key }) => key === name);
      const level = typeof value === 'string' ? value : '';
      if (
        !one.choices?.includes(level.toLowerCase()) ||
        (level !== level.toLowerCase() && level !== level.toUpperCase())
      )
        return must(`one of ${one.choices?.join(', ') ?? ''}`);
      return service?.works === false
        ? [
            {
              severity: 'note',
              path,
              message: `Setting "${name}" changes nothing in v1.7.6: ${service.explain}`,
            },
          ]
        : [];
    }
    case 'listener':
      if (value === '' || (typeof value === 'string' && isListener(value))) return [];
      return must('host:port such as "127.0.0.1:9093", or "" for off');
    case 'address':
      return checkAddress(value, path, name);
    case 'texts':
      if (typeof value === 'string') return [];
      if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return [];
      return must('a list of texts: ["…", "…"]');
    case 'poet-servers':
      return checkPoets(value, path);
    case 'text':
    case 'secret':
    case 'path':
      return typeof value === 'string' ? [] : must('a text in quotes');
    case 'other':
      return [];
  }
}

const isWhole = (value: ConfigValue): value is number => Number.isInteger(value);

function isListener(text: string): boolean {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  if (!match) return false;
  const [, host = '', port = ''] = match;
  return Number(port) <= 65535 && (/^\[[0-9a-f:.]+\]$/i.test(host) || /^[\w.-]*$/.test(host));
}

function checkAddress(value: ConfigValue, path: string, name: string): ConfigFinding[] {
  if (typeof value !== 'string')
    return [{ severity: 'error', path, message: `"${name}" must be a text in quotes.` }];
  if (value === '') return [];
  try {
    parseAddress(value);
    return [];
  } catch (error) {
    const why = error instanceof WorkbenchError ? error.message : 'it cannot be read';
    return [{ severity: 'error', path, message: `"${name}" is not an address: ${why}` }];
  }
}

function checkPoets(value: ConfigValue, path: string): ConfigFinding[] {
  const servers = Array.isArray(value) ? (value as readonly ConfigValue[]) : undefined;
  const sound = servers?.every((server) => {
    if (!isObject(server)) return false;
    const { address, pubkey } = server;
    const hasKey =
      pubkey === undefined || (typeof pubkey === 'string' && /^[\w+/-]{0,44}={0,2}$/.test(pubkey));
    return typeof address === 'string' && /^https?:\/\//.test(address) && hasKey;
  });
  if (sound) return [];
  return [
    {
      severity: 'error',
      path,
      message:
        '"poet-servers" must be a list of {"address": "https://…", "pubkey": "base64 of 32 bytes"}.',
    },
  ];
}
