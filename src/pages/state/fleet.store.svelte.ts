/** The user's list of identities: for as long as the page is open, and longer where the user allows it. */
import {
  farmIdentitiesJson,
  farmLines,
  readFarmLines,
  type FleetIdentity,
} from '../../protocol/farm-identities';
import { toHex } from '../../base/bytes';
import { fleetChanges, type FleetChange } from '../../state/fleet/changes';
import type { FleetMember } from '../../state/fleet/resolve';
import type { Fleet } from '../../state/queries/fleet';
import { readSetting, writeSetting } from '../../storage/settings';

const settingName = 'fleet';

export class FleetStore {
  /** As typed. */
  text = $state('');
  isKept = $state(false);
  /** The answer before, to report what became worse since: of a database that was opened again. */
  #before: { readonly ids: string; readonly fleet: Fleet } | undefined;
  changes = $state.raw<readonly FleetChange[]>([]);
  /** What was asked for last; the answer is about this. */
  asked = $state.raw<readonly FleetIdentity[]>([]);

  constructor() {
    void readSetting<string>(settingName, '').then((kept) => {
      if (kept === '' || this.text !== '') return;
      this.text = kept;
      this.isKept = true;
      this.ask();
    });
  }

  /** @throws WorkbenchError `id-too-many` */
  ask(): void {
    this.asked = readFarmLines(this.text);
    void this.#keep();
  }

  /** Adds to the list, and asks for all of it. @throws WorkbenchError `id-too-many` */
  add(identities: readonly FleetIdentity[]): void {
    const before = this.text.trim();
    this.text = [...(before ? [before] : []), farmLines(identities)].join('\n');
    this.ask();
  }

  setKept(isKept: boolean): void {
    this.isKept = isKept;
    void this.#keep();
  }

  /** Takes note of an answer. Another list, or a database without what the one before had, is not compared. */
  note(members: readonly FleetMember[], fleet: Fleet): void {
    const ids = members.map(({ smesher }) => toHex(smesher)).join();
    const isLater = this.#before?.ids === ids && this.#before.fleet.lastOver <= fleet.lastOver;
    if (this.#before && isLater) this.changes = fleetChanges(this.#before.fleet, fleet);
    else this.changes = [];
    this.#before = { ids, fleet };
  }

  /** As a farm file. @throws WorkbenchError `id-too-many` */
  get file(): string {
    return farmIdentitiesJson(readFarmLines(this.text));
  }

  /** Without the user's consent nothing of an earlier list stays. */
  async #keep(): Promise<void> {
    await writeSetting(settingName, this.isKept ? this.text : '');
  }
}
