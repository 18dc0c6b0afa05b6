/** The smeshers that a list of identities names in a database. */
import { toHex } from '../../base/bytes';
import type { FleetIdentity } from '../../protocol/farm-identities';
import { readTypedId, type TypedId } from '../../protocol/ids';
import { askAll, type AskOptions, type Queryable } from '../queries/ask';
import { publishersOf, resolveId } from '../queries/find-id';
import { missingFrom } from '../schema';

export interface FleetMember {
  readonly smesher: Uint8Array;
  readonly name: string | undefined;
  readonly group: string | undefined;
}

/**
 * Each smesher once, with the first name that the list has for it. A coinbase stands for all smeshers that ever used it.
 * @throws WorkbenchError those of `readTypedId` and `resolveId`
 */
export async function resolveFleet(
  database: Queryable,
  identities: readonly FleetIdentity[],
  options: AskOptions = {},
): Promise<FleetMember[]> {
  const typed = identities.map((identity) => ({ ...identity, typed: readTypedId(identity.id) }));
  const publishers = await publishersOf(
    database,
    typed.map((one) => one.typed),
    options,
  );
  const members = new Map<string, FleetMember>();
  for (const { name, group, id, typed: read } of typed)
    for (const smesher of await smeshersOf(database, { id, read, publishers }, options)) {
      const hex = toHex(smesher);
      const known = members.get(hex);
      members.set(hex, {
        smesher,
        name: known?.name ?? name,
        group: known?.group ?? group,
      });
    }
  return [...members.values()];
}

async function smeshersOf(
  database: Queryable,
  {
    id,
    read,
    publishers,
  }: { id: string; read: TypedId; publishers: ReadonlyMap<string, Uint8Array> },
  options: AskOptions,
): Promise<readonly Uint8Array[]> {
  if (read.kind === 'id') return [publishers.get(toHex(read.bytes)) ?? read.bytes];
  const resolved =
    read.kind === 'address'
      ? ({ kind: 'coinbase', bytes: read.bytes } as const)
      : await resolveId(database, id, ['smesher', 'coinbase'], options);
  if (resolved.kind !== 'coinbase') return [resolved.bytes];
  if (missingFrom(database.info.tables, ['atxs.coinbase']).length > 0) return [];
  const { rows } = await askAll(
    database,
    'SELECT DISTINCT pubkey FROM atxs WHERE coinbase = :coinbase ORDER BY pubkey',
    { coinbase: resolved.bytes },
    options,
  );
  return rows.flatMap(([pubkey]) => (pubkey instanceof Uint8Array ? [pubkey] : []));
}
