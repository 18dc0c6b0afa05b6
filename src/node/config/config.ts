/** A node's config: read, checked, explained, merged, written; and what runs the node with it. */
import { plainJson, type JsonNode } from '../../base/json';
import { parseNodeConfig } from '../../protocol/node-config';
import { LineIndex } from '../../base/text';
import { knownKeys } from './schema';
import type { ConfigObject, ConfigFinding } from './values';
import { mostFindings, worstOf, allFindings } from './checks';

export interface ConfigReading {
  readonly config: ConfigObject;
  readonly findings: readonly ConfigFinding[];
}

/**
 * Reads a config file.
 * @throws WorkbenchError `config-not-json`, `config-not-object`, `config-too-large`; no message repeats a line that
 * may hold a password
 */
export function readConfig(text: string): ConfigReading {
  const root = parseNodeConfig(text);
  const lines = new Map<string, number>();
  const findings: ConfigFinding[] = [];
  collectLines(root, '', new LineIndex(text), lines, findings);
  const config = plainJson(root) as ConfigObject;
  const located = allFindings(config).map((finding) => {
    const line = lines.get(finding.path.toLowerCase());
    return line === undefined ? finding : { ...finding, line };
  });
  return { config, findings: worstOf([...findings, ...located]) };
}

/** Notes the lines of what findings may name, and finds keys that are there twice. */
function collectLines(
  node: JsonNode,
  path: string,
  index: LineIndex,
  lines: Map<string, number>,
  findings: ConfigFinding[],
): void {
  if (node.type !== 'object') return;
  // Findings name keys of known sections only. Elsewhere a path may be long, and is made only where it is shown.
  const isNamed = path.length < longestPath && knownKeys.has(path.toLowerCase());
  const seen = new Set<string>();
  for (const { key, keyAt, value } of node.members) {
    const name = key.toLowerCase();
    const below = path === '' ? key : `${path}/${key}`;
    if (seen.has(name) && findings.length <= mostFindings)
      findings.push({
        severity: 'warning',
        path: below,
        message: `"${key}" is there twice (the node ignores upper and lower case); only one of them counts.`,
        line: index.lineAt(keyAt),
      });
    seen.add(name);
    if (isNamed) lines.set(below.toLowerCase(), index.lineAt(keyAt));
    collectLines(value, below, index, lines, findings);
  }
}

/** No path of a known option is longer. */
const longestPath = 200;
