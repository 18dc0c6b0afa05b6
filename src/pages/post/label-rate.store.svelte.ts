/** How fast this machine computes labels, measured when asked, kept per provider and thread count. */
import { profileLabels, type LabelProfile } from '../../post/profile/labels';
import type { Backend } from '../../kernels/choose';
import { Job } from '../../ui/job.svelte';

const measureS = 3;

export class LabelRateStore {
  readonly job = new Job<LabelProfile, unknown>();
  #measured = $state.raw<Readonly<Record<string, LabelProfile>>>({});

  of(backend: Backend, threads: number): LabelProfile | undefined {
    return this.#measured[`${backend} ${threads}`];
  }

  async measure(backend: Backend, threads: number): Promise<void> {
    const result = await this.job.start(({ signal }) =>
      profileLabels({ backend, threads, durationS: measureS }, { signal }),
    );
    if (result) this.#measured = { ...this.#measured, [`${backend} ${threads}`]: result };
  }
}
