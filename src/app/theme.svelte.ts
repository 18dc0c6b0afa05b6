/** Light, dark, or the system's setting. Remembered, as it is the user's own choice. */
import { readSetting, writeSetting } from '../storage/settings';

export type Theme = 'system' | 'light' | 'dark';
const order: readonly Theme[] = ['system', 'light', 'dark'];

class ThemeChoice {
  current = $state<Theme>('system');

  async restore(): Promise<void> {
    this.#apply(await readSetting('theme', 'system'));
  }

  next(): void {
    const theme = order[(order.indexOf(this.current) + 1) % order.length] ?? 'system';
    this.#apply(theme);
    void writeSetting('theme', theme);
  }

  #apply(theme: Theme): void {
    this.current = theme;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }
}

export const theme = new ThemeChoice();
