/**
 * Scroll positions of the pages in the session history.
 *
 * A page is loaded after its address has changed, so the browser restores a position while the page is still too
 * short for it (Chromium), or scrolls a new page to where the old one was (Firefox). Here a new entry starts at the
 * top, and an entry that is visited again returns to its position as soon as the page is tall enough.
 */

/** A page whose height has not changed for this long has arrived, in ms. */
const settledMs = 500;
/** How long a page may be too short before its position is given up, in ms. */
const patienceMs = 30_000;

interface EntryState {
  /** Names the history entry. */
  entry: string;
  /** Its position, for a reload. CSS pixels from the top. */
  y?: number;
}

const hasEntry = (state: unknown): state is EntryState =>
  typeof (state as Partial<EntryState> | null)?.entry === 'string';

/** How long after the last scroll event the position is written into the history, for a reload, in ms. */
const savedAfterMs = 300;
/** The user's own scrolling ends a restoration. */
const userInputs = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

const lowest = (): number =>
  document.documentElement.scrollHeight - document.documentElement.clientHeight;

/**
 * Keeps one position per history entry for the life of the page. Memory: 50 bytes per entry.
 *
 * @returns stops it, and gives the browser its own restoration back.
 */
export function keepScrollPositions(): () => void {
  const positions = new Map<string, number>();
  let saving: ReturnType<typeof setTimeout> | undefined;
  let restoring: { stop: AbortController; y: number } | undefined;
  history.scrollRestoration = 'manual';

  const begin = (): string => {
    // Unlike randomUUID, both exist on plain http, too.
    const entry = `${performance.timeOrigin}-${performance.now()}`;
    history.replaceState({ entry } satisfies EntryState, '');
    return entry;
  };
  let current = hasEntry(history.state) ? history.state.entry : begin();

  const save = (): void =>
    history.replaceState({ entry: current, y: scrollY } satisfies EntryState, '');
  const keep = (): void => {
    positions.set(current, scrollY);
    // Browsers limit how often a page writes its state, and lose what it writes while it is left.
    clearTimeout(saving);
    saving = setTimeout(save, savedAfterMs);
  };

  const restore = (y: number): void => {
    restoring?.stop.abort();
    const stop = new AbortController();
    restoring = { stop, y };
    const givenUp = setTimeout(() => stop.abort(), patienceMs);
    let settled: ReturnType<typeof setTimeout> | undefined;
    // The height changes when the old page is removed, when the new one has been loaded and with each of its answers.
    const attempt = (): void => {
      scrollTo(0, y);
      clearTimeout(settled);
      if (lowest() >= y)
        settled = setTimeout(() => {
          stop.abort();
          keep();
        }, settledMs);
    };
    const growth = new ResizeObserver(attempt);
    stop.signal.addEventListener('abort', () => {
      growth.disconnect();
      clearTimeout(settled);
      clearTimeout(givenUp);
    });
    for (const type of userInputs)
      addEventListener(type, () => stop.abort(), { signal: stop.signal, passive: true });
    growth.observe(document.body);
    attempt();
  };

  const remember = (): void => {
    if (restoring && !restoring.stop.signal.aborted) {
      // Below the top the page may have been cut off, or have grown since; at the top only the user leaves it.
      if (restoring.y > 0 || scrollY === 0) return;
      restoring.stop.abort();
    }
    keep();
  };
  const arrive = (): void => {
    // The last scroll event may still be due: it comes with the next frame.
    remember();
    clearTimeout(saving);
    const isNew = !hasEntry(history.state);
    current = isNew ? begin() : (history.state as EntryState).entry;
    restore(isNew ? 0 : (positions.get(current) ?? 0));
  };
  const listening = new AbortController();
  addEventListener('scroll', remember, { signal: listening.signal, passive: true });
  addEventListener('popstate', arrive, { signal: listening.signal });
  restore((history.state as EntryState).y ?? 0);
  return () => {
    restoring?.stop.abort();
    listening.abort();
    clearTimeout(saving);
    history.scrollRestoration = 'auto';
  };
}
