/** The time of now as a value that changes: what shows it stays right while the page is open, and after the machine slept. */
import { createSubscriber } from 'svelte/reactivity';

const tickMs = 5000;

/** Timers do not run while a machine sleeps; showing the page again is then the first event. */
const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, tickMs);
  document.addEventListener('visibilitychange', update);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', update);
  };
});

export const clock = {
  /** As `Date.now()`; read in a template or an effect, it is read again every five seconds. */
  get nowMs(): number {
    subscribe();
    return Date.now();
  },
};
