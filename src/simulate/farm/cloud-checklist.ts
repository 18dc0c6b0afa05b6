/**
 * What to check before renting GPUs: the documentation's warnings, each beside the plan's own figure.
 * Source: Spacemesh documentation, Additional Advanced Topics, Cloud GPU; Requirements, PoST Initialization.
 */
import type { CloudInput, CloudPlan } from './cloud';

export interface CloudCheck {
  readonly id: 'gpu' | 'disk' | 'bandwidth' | 'egress' | 'community' | 'key';
  /** `warn`: the plan's own figures go against the advice. */
  readonly outcome: 'check' | 'warn';
  readonly title: string;
  readonly text: string;
}

/** The documentation's bound: 1 Gbit/s. */
const fastBytesPerS = 125e6;

export function cloudChecklist(
  input: Pick<CloudInput, 'machines' | 'egressPerGB' | 'downloadBytesPerS' | 'removeVerified'>,
  plan: Pick<CloudPlan, 'egressCost' | 'totalCost' | 'dataBytes' | 'shares'>,
): readonly CloudCheck[] {
  const used = plan.shares.map(({ index }) => input.machines[index]);
  const slow = used.filter((machine) => (machine?.uploadBytesPerS ?? Infinity) < fastBytesPerS);
  const largestDisk = plan.shares.reduce((most, share) => Math.max(most, share.rentedDiskBytes), 0);
  const egressShare = plan.totalCost > 0 ? plan.egressCost / plan.totalCost : 0;
  return [
    {
      id: 'gpu',
      outcome: 'check',
      title: 'GPU model',
      text: 'Choose a modern GPU, such as an RTX 3090 or 4090, with an OpenCL driver in the image. Run “postcli -printProviders” first: it must list the GPU.',
    },
    {
      id: 'disk',
      outcome: 'check',
      title: 'Spare disk',
      text: `Rent at least ${gib(largestDisk)} GiB with the largest machine. ${
        input.removeVerified
          ? 'That is enough only while the fetch script runs with -r; if your line is down for long, the disk fills up and postcli stops.'
          : 'That is all of its files and the spare part: the fetch script removes nothing unless it is started with -r.'
      }`,
    },
    {
      id: 'bandwidth',
      outcome: slow.length > 0 ? 'warn' : 'check',
      title: 'More than 1 Gbit/s',
      text:
        slow.length > 0
          ? `${slow.length === 1 ? 'One machine sends' : `${slow.length} machines send`} at less than 1 Gbit/s in this plan. The documentation advises more than that. Measure it after renting, before you initialise.`
          : 'The documentation advises more than 1 Gbit/s. A listed speed is often not reached: measure it after renting, before you initialise.',
    },
    {
      id: 'egress',
      outcome: egressShare > 0.25 ? 'warn' : 'check',
      title: 'Price of egress',
      text: `Some providers charge for every gigabyte that leaves. At $ ${input.egressPerGB} per GB this plan pays $ ${plan.egressCost.toFixed(2)} for ${gib(plan.dataBytes)} GiB. Read the provider’s price list, not only the price per hour.`,
    },
    {
      id: 'community',
      outcome: 'check',
      title: 'Community hosts',
      text: 'Machines of private hosts on a marketplace are cheaper, but often do not have the bandwidth, and may be switched off. Files that are not at home by then are lost.',
    },
    {
      id: 'key',
      outcome: 'check',
      title: 'No private key on the machine',
      text: 'postcli needs only the node ID there. Keep identity.key or local.key at home: its owner can make the identity malicious.',
    },
  ];
}

const gib = (bytes: number): string =>
  // A product such as 1.1 × 3200 is a little above the whole number.
  Math.ceil(bytes / 2 ** 30 - 1e-6).toLocaleString('en', { maximumFractionDigits: 0 });
