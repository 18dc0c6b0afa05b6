/** What the bridge beside this page leads to; asked once, and only where a bridge can be: on this machine. */
import { askBridge, type BridgeOffer } from '../../node/api/bridge';
import { WorkbenchError } from '../../base/error';

const onThisMachine = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname);
const none: BridgeOffer = { nodes: [], postServices: [], powServices: [] };

class Bridge {
  offer = $state.raw<BridgeOffer>(none);
  #asked = false;

  /** Its address, if one runs: the app's own server has it below itself. */
  readonly base = new URL('./bridge', location.href).href;

  async ask(): Promise<void> {
    if (this.#asked || !onThisMachine) return;
    this.#asked = true;
    try {
      this.offer = await askBridge(this.base);
    } catch (error) {
      // The workbench was served by something else; there is nothing to offer then.
      if (!(error instanceof WorkbenchError)) throw error;
    }
  }
}

export const bridge = new Bridge();
