/**
 * Ready queries over a node's database. Each has one form for the current schema and, where older databases lack
 * what it needs, forms for them; ids and addresses come out as blobs, so that a grid can show them as one likes.
 */
import { missingFrom, type SchemaNeed } from '../schema';
import type { TableInfo } from '../types';

/** What a parameter means, so that a page can ask for it and fill it in. */
type ParameterKind = 'smesher' | 'coinbase' | 'atx' | 'epoch' | 'layersPerEpoch';

interface QueryForm {
  /** Tables and columns without which this form cannot run. */
  readonly needs: readonly SchemaNeed[];
  readonly sql: string;
  /** What is different from the current form's answer. */
  readonly note?: string;
}

export interface CatalogueQuery {
  readonly id: string;
  readonly group:
    'Rewards' | 'Smesher' | 'Epochs' | 'Network' | 'Accounts' | 'Database' | 'local.sql';
  readonly title: string;
  readonly explanation: string;
  /** Parameters by name, as `:name` in the SQL. */
  readonly params: readonly ParameterKind[];
  /** Columns that hold unsigned 64-bit values. */
  readonly unsigned?: readonly string[];
  /** From the current schema to the oldest. */
  readonly forms: readonly [QueryForm, ...QueryForm[]];
}

export type ResolvedQuery =
  | { readonly sql: string; readonly note: string | undefined }
  | { readonly missing: readonly SchemaNeed[] };

/** The form that a database of these tables can answer, or what it lacks. */
export function resolveQuery(query: CatalogueQuery, tables: readonly TableInfo[]): ResolvedQuery {
  const form = query.forms.find(({ needs }) => missingFrom(tables, needs).length === 0);
  if (form) return { sql: form.sql, note: form.note };
  return { missing: missingFrom(tables, query.forms[0].needs) };
}

/** The query of that id. */
export function catalogueQuery(id: string): CatalogueQuery {
  const query = catalogue.find((one) => one.id === id);
  if (!query) throw new Error(`no query "${id}" in the catalogue`);
  return query;
}

/** The needs of a form: these columns of a table. */
const columns = (table: string, names: string): SchemaNeed[] =>
  names.split(' ').map((name) => `${table}.${name}`);

export const catalogue: readonly CatalogueQuery[] = [
  {
    id: 'rewards_by_smesher',
    group: 'Rewards',
    title: 'Rewards of a smesher',
    explanation:
      'Every reward of one identity, by layer. Rewards of a merged ATX go to the identity that published it. Rows from before v1.3 name no smesher in databases that were upgraded.',
    params: ['smesher', 'layersPerEpoch'],
    forms: [
      {
        needs: [...columns('rewards', 'pubkey coinbase layer total_reward layer_reward')],
        sql: `SELECT layer, layer / :layersPerEpoch AS epoch, coinbase, total_reward, layer_reward
FROM rewards
WHERE pubkey = :smesher
ORDER BY layer`,
      },
    ],
  },
  {
    id: 'rewards_by_smesher_per_epoch',
    group: 'Rewards',
    title: 'Rewards of a smesher per epoch',
    explanation: 'Rewarded layers and sums of one identity for each epoch. 1 SMH is 10⁹ smidge.',
    params: ['smesher', 'layersPerEpoch'],
    forms: [
      {
        needs: [...columns('rewards', 'pubkey layer total_reward layer_reward')],
        sql: `SELECT layer / :layersPerEpoch AS epoch, count(*) AS layers,
  sum(total_reward) AS total_smidge, sum(layer_reward) AS layer_smidge
FROM rewards
WHERE pubkey = :smesher
GROUP BY 1
ORDER BY 1`,
      },
    ],
  },
  {
    id: 'rewards_by_coinbase',
    group: 'Rewards',
    title: 'Rewards of a coinbase',
    explanation: 'Every reward paid to one address, by layer, with the smesher that earned it.',
    params: ['coinbase'],
    forms: [
      {
        needs: [...columns('rewards', 'pubkey coinbase layer total_reward layer_reward')],
        sql: `SELECT layer, pubkey AS smesher, total_reward, layer_reward
FROM rewards
WHERE coinbase = :coinbase
ORDER BY layer, smesher`,
      },
      {
        needs: [...columns('rewards', 'coinbase layer total_reward layer_reward')],
        sql: `SELECT layer, NULL AS smesher, total_reward, layer_reward
FROM rewards
WHERE coinbase = :coinbase
ORDER BY layer`,
        note: 'Before v1.3 rewards name no smesher.',
      },
    ],
  },
  {
    id: 'rewards_by_coinbase_sum',
    group: 'Rewards',
    title: 'Total of a coinbase',
    explanation: 'Number and sum of all rewards of one address, first and last layer.',
    params: ['coinbase'],
    forms: [
      {
        needs: [...columns('rewards', 'coinbase layer total_reward layer_reward')],
        sql: `SELECT count(*) AS n, sum(total_reward) AS total_smidge, sum(layer_reward) AS layer_smidge,
  min(layer) AS first_layer, max(layer) AS last_layer
FROM rewards
WHERE coinbase = :coinbase`,
      },
    ],
  },
  {
    id: 'rewards_by_coinbase_per_epoch',
    group: 'Rewards',
    title: 'Rewards of a coinbase per epoch',
    explanation: 'Rewards, smeshers and the sum for each epoch of one address.',
    params: ['coinbase', 'layersPerEpoch'],
    forms: [
      {
        needs: [...columns('rewards', 'pubkey coinbase layer total_reward')],
        sql: `SELECT layer / :layersPerEpoch AS epoch, count(*) AS rewards,
  count(DISTINCT pubkey) AS smeshers, sum(total_reward) AS total_smidge
FROM rewards
WHERE coinbase = :coinbase
GROUP BY 1
ORDER BY 1`,
      },
      {
        needs: [...columns('rewards', 'coinbase layer total_reward')],
        sql: `SELECT layer / :layersPerEpoch AS epoch, count(*) AS rewards, NULL AS smeshers,
  sum(total_reward) AS total_smidge
FROM rewards
WHERE coinbase = :coinbase
GROUP BY 1
ORDER BY 1`,
        note: 'Before v1.3 rewards name no smesher.',
      },
    ],
  },
  {
    id: 'rewards_by_coinbase_hex_docs_form',
    group: 'Rewards',
    title: 'Total of a coinbase, as the documentation writes it',
    explanation:
      'Compares HEX(coinbase), as the examples of the Spacemesh documentation do. The same answer as "Total of a coinbase", but it reads the entire table: prefer coinbase = x\'…\'.',
    params: ['coinbase'],
    forms: [
      {
        needs: [...columns('rewards', 'coinbase total_reward')],
        sql: `SELECT count(*) AS n, sum(total_reward) AS total_smidge
FROM rewards
WHERE HEX(coinbase) = HEX(:coinbase)`,
      },
    ],
  },
  {
    id: 'rewards_per_epoch',
    group: 'Epochs',
    title: 'Rewards per epoch',
    explanation:
      'Of the entire network: rewards, smeshers, coinbases, sums and fees. Reads the entire table.',
    params: ['layersPerEpoch'],
    forms: [
      {
        needs: [...columns('rewards', 'pubkey coinbase layer total_reward layer_reward')],
        sql: `SELECT layer / :layersPerEpoch AS epoch, count(*) AS rewards,
  count(DISTINCT pubkey) AS smeshers, count(DISTINCT coinbase) AS coinbases,
  sum(total_reward) AS total_smidge, sum(layer_reward) AS layer_smidge,
  sum(total_reward - layer_reward) AS fee_smidge
FROM rewards
GROUP BY 1
ORDER BY 1`,
      },
      {
        needs: [...columns('rewards', 'coinbase layer total_reward layer_reward')],
        sql: `SELECT layer / :layersPerEpoch AS epoch, count(*) AS rewards, NULL AS smeshers,
  count(DISTINCT coinbase) AS coinbases, sum(total_reward) AS total_smidge,
  sum(layer_reward) AS layer_smidge, sum(total_reward - layer_reward) AS fee_smidge
FROM rewards
GROUP BY 1
ORDER BY 1`,
        note: 'Before v1.3 rewards name no smesher.',
      },
    ],
  },
  {
    id: 'coinbases_of_smesher',
    group: 'Smesher',
    title: 'Coinbases of a smesher',
    explanation:
      'Every address that an identity put into its own ATXs, with the publish epochs. An ATX earns its rewards in the epoch after.',
    params: ['smesher'],
    forms: [
      {
        needs: [...columns('atxs', 'epoch pubkey coinbase')],
        sql: `SELECT coinbase, min(epoch) AS first_publish_epoch, max(epoch) AS last_publish_epoch,
  count(*) AS atxs
FROM atxs
WHERE pubkey = :smesher
GROUP BY coinbase
ORDER BY first_publish_epoch`,
      },
    ],
  },
  {
    id: 'coinbase_current',
    group: 'Smesher',
    title: 'Current coinbase of a smesher',
    explanation:
      'The address in the newest ATX of an identity; the query that the node itself uses.',
    params: ['smesher'],
    forms: [
      {
        needs: [...columns('atxs', 'epoch pubkey coinbase')],
        sql: `SELECT coinbase
FROM atxs
WHERE pubkey = :smesher
ORDER BY epoch DESC
LIMIT 1`,
      },
    ],
  },
  {
    id: 'coinbase_effective',
    group: 'Smesher',
    title: 'Who was paid for a smesher’s space',
    explanation:
      'The address and the publisher for each ATX that proves the space of an identity, also when it was merged into another identity’s ATX.',
    params: ['smesher'],
    forms: [
      {
        needs: [
          ...columns('atxs', 'id pubkey coinbase'),
          ...columns('posts', 'atxid pubkey publish_epoch'),
        ],
        sql: `SELECT p.publish_epoch, a.coinbase, a.pubkey AS publisher
FROM posts p JOIN atxs a ON a.id = p.atxid
WHERE p.pubkey = :smesher
ORDER BY p.publish_epoch`,
      },
      {
        needs: [
          ...columns('atxs', 'id epoch pubkey coinbase'),
          ...columns('posts', 'atxid pubkey'),
        ],
        sql: `SELECT a.epoch AS publish_epoch, a.coinbase, a.pubkey AS publisher
FROM posts p JOIN atxs a ON a.id = p.atxid
WHERE p.pubkey = :smesher
ORDER BY a.epoch`,
      },
      {
        needs: [...columns('atxs', 'epoch pubkey coinbase')],
        sql: `SELECT epoch AS publish_epoch, coinbase, pubkey AS publisher
FROM atxs
WHERE pubkey = :smesher
ORDER BY epoch`,
        note: 'Before v1.7 no ATXs were merged: these are the identity’s own.',
      },
    ],
  },
  {
    id: 'smeshers_of_coinbase',
    group: 'Smesher',
    title: 'Smeshers of a coinbase',
    explanation: 'Identities that ever used an address in their ATXs.',
    params: ['coinbase'],
    forms: [
      {
        needs: [...columns('atxs', 'epoch pubkey coinbase')],
        sql: `SELECT pubkey AS smesher, min(epoch) AS first_publish_epoch,
  max(epoch) AS last_publish_epoch, count(*) AS atxs
FROM atxs
WHERE coinbase = :coinbase
GROUP BY pubkey
ORDER BY smesher`,
      },
    ],
  },
  {
    id: 'atx_history',
    group: 'Smesher',
    title: 'ATX history of a smesher',
    explanation:
      'Every ATX that proves the space of an identity, its own and the merged ones: units, ticks, weight, nonce, coinbase, previous ATX.',
    params: ['smesher'],
    unsigned: ['vrf_nonce', 'base_tick_height', 'tick_count', 'tick_height', 'sequence'],
    forms: [
      {
        needs: [
          ...columns('atx_blobs', 'id atx version'),
          ...columns(
            'atxs',
            'id effective_num_units commitment_atx nonce base_tick_height tick_count sequence pubkey coinbase received validity marriage_atx weight',
          ),
          ...columns('posts', 'atxid pubkey prev_atxid prev_atx_index units publish_epoch'),
        ],
        sql: `SELECT p.publish_epoch, p.publish_epoch + 1 AS target_epoch, a.id AS atx_id,
  b.version AS atx_version, length(b.atx) AS blob_bytes, a.pubkey AS publisher,
  p.units AS own_units, a.effective_num_units AS atx_units, a.tick_count, a.base_tick_height,
  a.base_tick_height + a.tick_count AS tick_height, a.weight, a.sequence,
  p.prev_atxid AS prev_atx, p.prev_atx_index, a.commitment_atx, a.nonce AS vrf_nonce, a.coinbase,
  a.received / 1000000000 AS received_unix_s, a.validity, a.marriage_atx
FROM posts p JOIN atxs a ON a.id = p.atxid LEFT JOIN atx_blobs b ON b.id = a.id
WHERE p.pubkey = :smesher
ORDER BY p.publish_epoch, a.id`,
      },
      {
        needs: [
          ...columns('atx_blobs', 'id atx version'),
          ...columns(
            'atxs',
            'id epoch effective_num_units commitment_atx nonce base_tick_height tick_count sequence pubkey coinbase received validity marriage_atx weight',
          ),
          ...columns('posts', 'atxid pubkey prev_atxid prev_atx_index units'),
        ],
        sql: `SELECT a.epoch AS publish_epoch, a.epoch + 1 AS target_epoch, a.id AS atx_id,
  b.version AS atx_version, length(b.atx) AS blob_bytes, a.pubkey AS publisher,
  p.units AS own_units, a.effective_num_units AS atx_units, a.tick_count, a.base_tick_height,
  a.base_tick_height + a.tick_count AS tick_height, a.weight, a.sequence,
  p.prev_atxid AS prev_atx, p.prev_atx_index, a.commitment_atx, a.nonce AS vrf_nonce, a.coinbase,
  a.received / 1000000000 AS received_unix_s, a.validity, a.marriage_atx
FROM posts p JOIN atxs a ON a.id = p.atxid LEFT JOIN atx_blobs b ON b.id = a.id
WHERE p.pubkey = :smesher
ORDER BY a.epoch, a.id`,
      },
      {
        needs: [
          ...columns('atx_blobs', 'id atx'),
          ...columns(
            'atxs',
            'id prev_id epoch effective_num_units commitment_atx nonce base_tick_height tick_count sequence pubkey coinbase received validity',
          ),
        ],
        sql: `SELECT a.epoch AS publish_epoch, a.epoch + 1 AS target_epoch, a.id AS atx_id,
  1 AS atx_version, length(b.atx) AS blob_bytes, a.pubkey AS publisher,
  a.effective_num_units AS own_units, a.effective_num_units AS atx_units, a.tick_count,
  a.base_tick_height, a.base_tick_height + a.tick_count AS tick_height,
  a.effective_num_units * a.tick_count AS weight, a.sequence, a.prev_id AS prev_atx,
  0 AS prev_atx_index, a.commitment_atx, a.nonce AS vrf_nonce, a.coinbase,
  a.received / 1000000000 AS received_unix_s, a.validity, NULL AS marriage_atx
FROM atxs a LEFT JOIN atx_blobs b ON b.id = a.id
WHERE a.pubkey = :smesher
ORDER BY a.epoch, a.id`,
        note: 'Before v1.7 the weight is not stored: it is units × ticks here.',
      },
      {
        needs: [
          ...columns(
            'atxs',
            'id epoch effective_num_units commitment_atx nonce base_tick_height tick_count sequence pubkey coinbase atx received',
          ),
        ],
        sql: `SELECT a.epoch AS publish_epoch, a.epoch + 1 AS target_epoch, a.id AS atx_id,
  1 AS atx_version, length(a.atx) AS blob_bytes, a.pubkey AS publisher,
  a.effective_num_units AS own_units, a.effective_num_units AS atx_units, a.tick_count,
  a.base_tick_height, a.base_tick_height + a.tick_count AS tick_height,
  a.effective_num_units * a.tick_count AS weight, a.sequence, NULL AS prev_atx,
  NULL AS prev_atx_index, a.commitment_atx, a.nonce AS vrf_nonce, a.coinbase,
  a.received / 1000000000 AS received_unix_s, NULL AS validity, NULL AS marriage_atx
FROM atxs a
WHERE a.pubkey = :smesher
ORDER BY a.epoch, a.id`,
        note: 'Before v1.5 the previous ATX is only in the blob, and the weight is units × ticks.',
      },
    ],
  },
  {
    id: 'atx_history_own',
    group: 'Smesher',
    title: 'ATXs that a smesher published',
    explanation: 'Newest first, by the index that the node uses.',
    params: ['smesher'],
    unsigned: ['tick_count', 'sequence'],
    forms: [
      {
        needs: [
          ...columns('atxs', 'id epoch effective_num_units tick_count sequence pubkey weight'),
        ],
        sql: `SELECT epoch AS publish_epoch, id AS atx_id, effective_num_units, tick_count, weight, sequence
FROM atxs
WHERE pubkey = :smesher
ORDER BY epoch DESC`,
      },
      {
        needs: [...columns('atxs', 'id epoch effective_num_units tick_count sequence pubkey')],
        sql: `SELECT epoch AS publish_epoch, id AS atx_id, effective_num_units, tick_count,
  effective_num_units * tick_count AS weight, sequence
FROM atxs
WHERE pubkey = :smesher
ORDER BY epoch DESC`,
        note: 'Before v1.7 the weight is not stored: it is units × ticks here.',
      },
    ],
  },
  {
    id: 'vrf_nonce',
    group: 'Smesher',
    title: 'VRF nonce of a smesher in an epoch',
    explanation: 'The nonce that was valid in an epoch, as the node looks it up.',
    params: ['smesher', 'epoch'],
    unsigned: ['nonce'],
    forms: [
      {
        needs: [...columns('atxs', 'epoch nonce pubkey')],
        sql: `SELECT nonce
FROM atxs
WHERE pubkey = :smesher AND epoch < :epoch AND nonce IS NOT NULL
ORDER BY epoch DESC
LIMIT 1`,
      },
    ],
  },
  {
    id: 'ballots_of_smesher',
    group: 'Smesher',
    title: 'Ballots of a smesher per epoch',
    explanation: 'Ballots with first and last layer. Reads the entire index of ballots.',
    params: ['smesher', 'layersPerEpoch'],
    forms: [
      {
        needs: [...columns('ballots', 'layer pubkey')],
        sql: `SELECT layer / :layersPerEpoch AS epoch, count(*) AS ballots,
  min(layer) AS first_layer, max(layer) AS last_layer
FROM ballots
WHERE pubkey = :smesher
GROUP BY 1
ORDER BY 1`,
      },
    ],
  },
  {
    id: 'missed_epochs',
    group: 'Smesher',
    title: 'Epochs without reward',
    explanation:
      'Epochs for which the identity had an ATX but got no reward, up to the last layer that this database has processed.',
    params: ['smesher', 'layersPerEpoch'],
    forms: [
      {
        needs: [
          ...columns('atxs', 'id pubkey'),
          ...columns('layers', 'id processed'),
          ...columns('posts', 'atxid pubkey publish_epoch'),
          ...columns('rewards', 'pubkey layer'),
        ],
        sql: `SELECT p.publish_epoch + 1 AS epoch
FROM posts p JOIN atxs a ON a.id = p.atxid
WHERE p.pubkey = :smesher
  AND (p.publish_epoch + 2) * :layersPerEpoch <= (SELECT max(id) FROM layers WHERE processed = 1)
  AND NOT EXISTS (
    SELECT 1 FROM rewards r
    WHERE r.pubkey = a.pubkey AND r.layer >= (p.publish_epoch + 1) * :layersPerEpoch
      AND r.layer < (p.publish_epoch + 2) * :layersPerEpoch)
ORDER BY 1`,
      },
      {
        needs: [
          ...columns('atxs', 'id epoch pubkey'),
          ...columns('layers', 'id processed'),
          ...columns('posts', 'atxid pubkey'),
          ...columns('rewards', 'pubkey layer'),
        ],
        sql: `SELECT a.epoch + 1 AS epoch
FROM posts p JOIN atxs a ON a.id = p.atxid
WHERE p.pubkey = :smesher
  AND (a.epoch + 2) * :layersPerEpoch <= (SELECT max(id) FROM layers WHERE processed = 1)
  AND NOT EXISTS (
    SELECT 1 FROM rewards r
    WHERE r.pubkey = a.pubkey AND r.layer >= (a.epoch + 1) * :layersPerEpoch
      AND r.layer < (a.epoch + 2) * :layersPerEpoch)
ORDER BY 1`,
      },
      {
        needs: [
          ...columns('atxs', 'epoch pubkey'),
          ...columns('layers', 'id processed'),
          ...columns('rewards', 'pubkey layer'),
        ],
        sql: `SELECT a.epoch + 1 AS epoch
FROM atxs a
WHERE a.pubkey = :smesher
  AND (a.epoch + 2) * :layersPerEpoch <= (SELECT max(id) FROM layers WHERE processed = 1)
  AND NOT EXISTS (
    SELECT 1 FROM rewards r
    WHERE r.pubkey = a.pubkey AND r.layer >= (a.epoch + 1) * :layersPerEpoch
      AND r.layer < (a.epoch + 2) * :layersPerEpoch)
ORDER BY 1`,
        note: 'Epochs from before v1.3 may be listed although they were rewarded: old rewards name no smesher.',
      },
    ],
  },
  {
    id: 'malfeasance_of_smesher',
    group: 'Smesher',
    title: 'Is a smesher malicious?',
    explanation:
      '1 when a proof of malfeasance is known, or when its equivocation set is condemned.',
    params: ['smesher'],
    forms: [
      {
        needs: [...columns('identities', 'pubkey'), ...columns('malfeasance', 'pubkey')],
        sql: `SELECT EXISTS(SELECT 1 FROM identities WHERE pubkey = :smesher)
  OR EXISTS(SELECT 1 FROM malfeasance WHERE pubkey = :smesher) AS malicious`,
      },
      {
        needs: [...columns('identities', 'pubkey proof')],
        sql: `SELECT EXISTS(SELECT 1 FROM identities WHERE pubkey = :smesher AND proof IS NOT NULL) AS malicious`,
      },
    ],
  },
  {
    id: 'marriage_set_of_smesher',
    group: 'Smesher',
    title: 'Equivocation set of a smesher',
    explanation:
      'The identities that are married to this one, with their places in the certificate list.',
    params: ['smesher'],
    forms: [
      {
        needs: [...columns('marriages', 'pubkey id marriage_idx')],
        sql: `SELECT m.pubkey AS smesher, m.marriage_idx
FROM marriages m
WHERE m.id = (SELECT id FROM marriages WHERE pubkey = :smesher)
ORDER BY m.marriage_idx`,
      },
      {
        needs: [...columns('identities', 'pubkey marriage_atx marriage_idx')],
        sql: `SELECT pubkey AS smesher, marriage_idx
FROM identities
WHERE marriage_atx = (SELECT marriage_atx FROM identities WHERE pubkey = :smesher)
ORDER BY marriage_idx`,
      },
    ],
  },
  {
    id: 'epoch_totals',
    group: 'Epochs',
    title: 'Network per epoch',
    explanation: 'ATXs, publishers, space units, weight and ticks of each publish epoch.',
    params: [],
    unsigned: ['min_ticks', 'max_ticks'],
    forms: [
      {
        needs: [...columns('atxs', 'epoch effective_num_units tick_count pubkey weight')],
        sql: `SELECT epoch AS publish_epoch, epoch + 1 AS target_epoch, count(*) AS atxs,
  count(DISTINCT pubkey) AS publishers, sum(effective_num_units) AS units, sum(weight) AS weight,
  min(tick_count) AS min_ticks, max(tick_count) AS max_ticks
FROM atxs
GROUP BY epoch
ORDER BY epoch`,
      },
      {
        needs: [...columns('atxs', 'epoch effective_num_units tick_count pubkey')],
        sql: `SELECT epoch AS publish_epoch, epoch + 1 AS target_epoch, count(*) AS atxs,
  count(DISTINCT pubkey) AS publishers, sum(effective_num_units) AS units,
  sum(effective_num_units * tick_count) AS weight,
  min(tick_count) AS min_ticks, max(tick_count) AS max_ticks
FROM atxs
GROUP BY epoch
ORDER BY epoch`,
        note: 'Before v1.7 the weight is not stored: it is units × ticks here.',
      },
    ],
  },
  {
    id: 'epoch_identities',
    group: 'Epochs',
    title: 'Identities per epoch',
    explanation: 'Identities and units counted one by one, also those in merged ATXs.',
    params: [],
    forms: [
      {
        needs: [...columns('posts', 'atxid units publish_epoch')],
        sql: `SELECT publish_epoch, count(DISTINCT atxid) AS atxs, count(*) AS identities, sum(units) AS units
FROM posts
GROUP BY publish_epoch
ORDER BY publish_epoch`,
      },
      {
        needs: [...columns('atxs', 'id epoch'), ...columns('posts', 'atxid units')],
        sql: `SELECT a.epoch AS publish_epoch, count(DISTINCT p.atxid) AS atxs, count(*) AS identities,
  sum(p.units) AS units
FROM posts p JOIN atxs a ON a.id = p.atxid
GROUP BY a.epoch
ORDER BY a.epoch`,
      },
      {
        needs: [...columns('atxs', 'epoch effective_num_units pubkey')],
        sql: `SELECT epoch AS publish_epoch, count(*) AS atxs, count(DISTINCT pubkey) AS identities,
  sum(effective_num_units) AS units
FROM atxs
GROUP BY epoch
ORDER BY epoch`,
        note: 'Before v1.7 an ATX has one identity.',
      },
    ],
  },
  {
    id: 'epoch_layer_bounds',
    group: 'Epochs',
    title: 'Layers of each epoch',
    explanation:
      'First and last layer with ballots for each epoch. Shows how many layers an epoch has, which the database does not store. Reads the entire index of ballots.',
    params: [],
    forms: [
      {
        needs: [...columns('atxs', 'id epoch'), ...columns('ballots', 'atx layer')],
        sql: `SELECT a.epoch + 1 AS target_epoch, min(b.layer) AS first_layer, max(b.layer) AS last_layer,
  count(*) AS ballots
FROM ballots b JOIN atxs a ON a.id = b.atx
GROUP BY 1
ORDER BY 1`,
      },
    ],
  },
  {
    id: 'marriage_sets',
    group: 'Network',
    title: 'Equivocation sets',
    explanation: 'All married identities, set by set.',
    params: [],
    forms: [
      {
        needs: [
          ...columns(
            'marriages',
            'pubkey id marriage_atx marriage_idx marriage_target marriage_sig',
          ),
        ],
        sql: `SELECT id AS set_id, marriage_idx, pubkey AS smesher, marriage_atx, marriage_target AS target,
  length(marriage_sig) AS sig_bytes
FROM marriages
ORDER BY id, marriage_idx`,
      },
      {
        needs: [
          ...columns(
            'identities',
            'pubkey marriage_atx marriage_idx marriage_target marriage_signature',
          ),
        ],
        sql: `SELECT NULL AS set_id, marriage_idx, pubkey AS smesher, marriage_atx, marriage_target AS target,
  length(marriage_signature) AS sig_bytes
FROM identities
WHERE marriage_atx IS NOT NULL
ORDER BY marriage_atx, marriage_idx`,
      },
    ],
  },
  {
    id: 'merged_atxs',
    group: 'Network',
    title: 'Merged ATXs',
    explanation: 'Every merged ATX with its members, their units and previous ATXs.',
    params: [],
    forms: [
      {
        needs: [
          ...columns('atxs', 'id epoch effective_num_units pubkey marriage_atx weight'),
          ...columns('posts', 'atxid pubkey prev_atxid prev_atx_index units'),
        ],
        sql: `SELECT a.epoch AS publish_epoch, a.id AS atx_id, a.pubkey AS publisher, p.pubkey AS member,
  p.units, p.prev_atx_index, p.prev_atxid AS prev_atx, a.effective_num_units, a.weight
FROM atxs a JOIN posts p ON p.atxid = a.id
WHERE a.marriage_atx IS NOT NULL
ORDER BY a.epoch, a.id, member`,
      },
    ],
  },
  {
    id: 'malfeasance',
    group: 'Network',
    title: 'Malicious identities',
    explanation: 'Every identity that was proved malicious, and from which table.',
    params: [],
    forms: [
      {
        needs: [
          ...columns('identities', 'pubkey proof received'),
          ...columns('malfeasance', 'pubkey marriage_id received domain proof'),
        ],
        sql: `SELECT pubkey AS smesher, 'identities' AS source, NULL AS domain, NULL AS marriage_id,
  length(proof) AS proof_bytes, received / 1000000000 AS received_unix_s
FROM identities
UNION ALL
SELECT pubkey, 'malfeasance', domain, marriage_id, length(proof), received / 1000000000
FROM malfeasance
ORDER BY 1, 2`,
      },
      {
        needs: [...columns('identities', 'pubkey proof received')],
        sql: `SELECT pubkey AS smesher, 'identities' AS source, NULL AS domain, NULL AS marriage_id,
  length(proof) AS proof_bytes, received / 1000000000 AS received_unix_s
FROM identities
WHERE proof IS NOT NULL
ORDER BY 1`,
      },
    ],
  },
  {
    id: 'vrf_nonces_all',
    group: 'Network',
    title: 'VRF nonces of all smeshers',
    explanation: 'Each nonce with the epochs of the ATXs that hold it.',
    params: [],
    unsigned: ['nonce'],
    forms: [
      {
        needs: [...columns('atxs', 'epoch nonce pubkey')],
        sql: `SELECT pubkey AS smesher, nonce, min(epoch) AS first_epoch, max(epoch) AS last_epoch,
  count(*) AS atxs
FROM atxs
WHERE nonce IS NOT NULL
GROUP BY pubkey, nonce
ORDER BY 1, 3`,
      },
    ],
  },
  {
    id: 'double_ballots',
    group: 'Network',
    title: 'Double ballots',
    explanation:
      'Layers in which one identity signed more than one ballot, which is malfeasance. Reads the entire index.',
    params: [],
    forms: [
      {
        needs: [...columns('ballots', 'layer pubkey')],
        sql: `SELECT layer, pubkey AS smesher, count(*) AS ballots
FROM ballots
GROUP BY layer, pubkey
HAVING count(*) > 1`,
      },
    ],
  },
  {
    id: 'balance',
    group: 'Accounts',
    title: 'Balance of an account',
    explanation: 'The latest state of an address. The table keeps one row for every change.',
    params: ['coinbase'],
    unsigned: ['balance', 'next_nonce'],
    forms: [
      {
        needs: [...columns('accounts', 'address balance next_nonce layer_updated template')],
        sql: `SELECT balance, next_nonce, layer_updated, template
FROM accounts
WHERE address = :coinbase
ORDER BY layer_updated DESC
LIMIT 1`,
      },
    ],
  },
  {
    id: 'transactions',
    group: 'Accounts',
    title: 'Transactions',
    explanation: 'Every transaction that the database holds, by layer.',
    params: [],
    forms: [
      {
        needs: [...columns('transactions', 'id tx layer block principal nonce')],
        sql: `SELECT id, layer, block, principal, nonce AS nonce_be, length(tx) AS tx_bytes
FROM transactions
ORDER BY layer, nonce_be`,
      },
    ],
  },
  {
    id: 'state_tip',
    group: 'Database',
    title: 'How far the database is',
    explanation: 'Last processed and applied layer, last reward, newest publish epoch.',
    params: [],
    forms: [
      {
        needs: [
          ...columns('atxs', 'epoch'),
          ...columns('layers', 'id processed applied_block'),
          ...columns('rewards', 'layer'),
        ],
        sql: `SELECT (SELECT max(id) FROM layers WHERE processed = 1) AS last_processed,
  (SELECT max(id) FROM layers WHERE applied_block IS NOT NULL) AS last_applied,
  (SELECT max(layer) FROM rewards) AS last_reward_layer,
  (SELECT max(epoch) FROM atxs) AS last_publish_epoch`,
      },
    ],
  },
  {
    id: 'schema_version',
    group: 'Database',
    title: 'Schema version',
    explanation:
      'The number of the newest migration that the node applied; 25 is v1.7.5 and v1.7.6, 26 and 27 came after it.',
    params: [],
    forms: [{ needs: [], sql: 'PRAGMA user_version' }],
  },
  {
    id: 'local_post',
    group: 'local.sql',
    title: 'Initial proofs',
    explanation: 'The initial PoST of each identity of this node: units, VRF nonce, proof.',
    params: [],
    unsigned: ['pow', 'vrf_nonce'],
    forms: [
      {
        needs: [
          ...columns('post', 'id post_nonce post_indices post_pow num_units commit_atx vrf_nonce'),
        ],
        sql: `SELECT id AS smesher, post_nonce, length(post_indices) AS indices_bytes, post_pow AS pow,
  num_units, commit_atx, vrf_nonce
FROM post`,
      },
      {
        needs: [
          ...columns(
            'initial_post',
            'id post_nonce post_indices post_pow num_units commit_atx vrf_nonce',
          ),
        ],
        sql: `SELECT id AS smesher, post_nonce, length(post_indices) AS indices_bytes, post_pow AS pow,
  num_units, commit_atx, vrf_nonce
FROM initial_post`,
      },
      {
        needs: [...columns('initial_post', 'id post_nonce post_indices post_pow commit_atx')],
        sql: `SELECT id AS smesher, post_nonce, length(post_indices) AS indices_bytes, post_pow AS pow,
  NULL AS num_units, commit_atx, NULL AS vrf_nonce
FROM initial_post`,
        note: 'Schema 1 stores neither the units nor the VRF nonce.',
      },
    ],
  },
  {
    id: 'local_registrations',
    group: 'local.sql',
    title: 'PoET registrations',
    explanation: 'Rounds that the identities of this node are registered for.',
    params: [],
    forms: [
      {
        needs: [...columns('poet_registration', 'id hash address round_id round_end')],
        sql: `SELECT id AS smesher, address, round_id, round_end AS round_end_unix_s, hash AS challenge
FROM poet_registration
ORDER BY round_end, smesher`,
      },
    ],
  },
  {
    id: 'local_challenges',
    group: 'local.sql',
    title: 'ATXs in the making',
    explanation:
      'The challenge of each identity for its next ATX; deleted once the ATX is published.',
    params: [],
    forms: [
      {
        needs: [
          ...columns('challenge', 'id epoch sequence prev_atx pos_atx commit_atx poet_proof_ref'),
        ],
        sql: `SELECT id AS smesher, epoch AS publish_epoch, sequence, prev_atx, pos_atx, commit_atx,
  poet_proof_ref IS NOT NULL AS poet_proof
FROM challenge
ORDER BY smesher`,
      },
      {
        needs: [...columns('nipost', 'id epoch sequence prev_atx pos_atx commit_atx')],
        sql: `SELECT id AS smesher, epoch AS publish_epoch, sequence, prev_atx, pos_atx, commit_atx,
  NULL AS poet_proof
FROM nipost
ORDER BY smesher`,
        note: 'Schemas 1 and 2 do not store whether there is a PoET proof.',
      },
    ],
  },
  {
    id: 'local_events',
    group: 'local.sql',
    title: 'Events of this node',
    explanation:
      'What happened to each identity of this node, newest first: the time, the kind of the event by its number, and the event as the node stored it.',
    params: [],
    forms: [
      {
        needs: [...columns('events', 'id timestamp kind event')],
        sql: `SELECT id AS smesher, timestamp / 1000000 AS time_unix_s, kind,
  iif(json_valid(CAST(event AS TEXT)), CAST(event AS TEXT), event) AS event
FROM events
ORDER BY timestamp DESC`,
      },
      {
        needs: [...columns('events', 'id timestamp event')],
        sql: `SELECT id AS smesher, timestamp / 1000000 AS time_unix_s, NULL AS kind,
  iif(json_valid(CAST(event AS TEXT)), CAST(event AS TEXT), event) AS event
FROM events
ORDER BY timestamp DESC`,
        note: 'Schema 11 stores no kind beside the event.',
      },
    ],
  },
  {
    id: 'local_eligibilities',
    group: 'local.sql',
    title: 'Eligibilities of this node',
    explanation:
      'Layers in which each identity of this node may make a proposal: the number of the slot and its VRF signature.',
    params: [],
    forms: [
      {
        needs: [...columns('eligibilities', 'id layer j signature')],
        sql: `SELECT id AS smesher, layer, j AS slot, signature
FROM eligibilities
ORDER BY layer DESC, smesher, slot`,
      },
    ],
  },
  {
    id: 'local_proposals',
    group: 'local.sql',
    title: 'Proposals of this node',
    explanation: 'Proposals that the identities of this node made, by layer, with their size.',
    params: [],
    forms: [
      {
        needs: [...columns('proposals', 'id layer proposal')],
        sql: `SELECT id AS smesher, layer, length(proposal) AS proposal_bytes
FROM proposals
ORDER BY layer DESC, smesher`,
      },
    ],
  },
  {
    id: 'local_published_atxs',
    group: 'local.sql',
    title: 'ATXs that this node published',
    explanation:
      'ATXs that the node keeps to send them again, with their PoET proof. The node does not fill in the version: – means unknown.',
    params: [],
    forms: [
      {
        needs: [...columns('published_atxs', 'id pubkey poetRef epoch atx version')],
        sql: `SELECT epoch AS publish_epoch, pubkey AS smesher, id AS atx_id, poetRef AS poet_proof_ref,
  length(atx) AS blob_bytes, version AS atx_version
FROM published_atxs
ORDER BY epoch DESC, smesher`,
      },
      {
        needs: [...columns('atx_blobs', 'id pubkey epoch atx version')],
        sql: `SELECT epoch AS publish_epoch, pubkey AS smesher, id AS atx_id, NULL AS poet_proof_ref,
  length(atx) AS blob_bytes, version AS atx_version
FROM atx_blobs
ORDER BY epoch DESC, smesher`,
        note: 'Schemas 10 to 12 do not store the PoET proof.',
      },
    ],
  },
];

/** Those over the tables of a local.sql. */
export const localQueries = catalogue.filter(({ group }) => group === 'local.sql');
