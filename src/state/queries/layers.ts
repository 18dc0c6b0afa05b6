/** Layers that the database covers. */
import { type Queryable, type AskOptions, askIfAble } from './ask';
import { numberOrNull } from './row';

/** Layers and epochs that the database covers, and how far the node was. */
export async function tip(
  database: Queryable,
  options: AskOptions = {},
): Promise<{
  lastProcessedLayer: number | null;
  lastAppliedLayer: number | null;
  lastRewardLayer: number | null;
  lastPublishEpoch: number | null;
}> {
  const [row] = await askIfAble(database, 'state_tip', {}, options);
  return {
    lastProcessedLayer: row ? numberOrNull(row, 'last_processed') : null,
    lastAppliedLayer: row ? numberOrNull(row, 'last_applied') : null,
    lastRewardLayer: row ? numberOrNull(row, 'last_reward_layer') : null,
    lastPublishEpoch: row ? numberOrNull(row, 'last_publish_epoch') : null,
  };
}
