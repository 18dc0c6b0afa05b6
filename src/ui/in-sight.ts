import type { Attachment } from 'svelte/attachments';

/** For a line of links that scrolls on a narrow screen: the current one is in sight. The page itself stays where it is. */
export const currentInSight =
  (current: string | undefined): Attachment<HTMLElement> =>
  (line) => {
    const link = current === undefined ? null : line.querySelector('[aria-current]');
    if (!link) return;
    const { left, right } = link.getBoundingClientRect();
    const seen = line.getBoundingClientRect();
    if (left < seen.left) line.scrollLeft += left - seen.left;
    else if (right > seen.right) line.scrollLeft += right - seen.right;
  };
