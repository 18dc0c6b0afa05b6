/** For which system the commands of this document are: one choice for all of them, remembered. */
import { platformOf, platforms, type Platform } from '../../runbooks/platform';
import { readSetting, writeSetting } from '../../storage/settings';

const setting = 'platform';

export class PlatformStore {
  current = $state<Platform>(platformOf(navigator.userAgent));

  constructor() {
    void readSetting<string | undefined>(setting, undefined).then((kept) => {
      this.current = platforms.find((name) => name === kept) ?? this.current;
    });
  }

  choose(platform: Platform): void {
    this.current = platform;
    void writeSetting(setting, platform);
  }
}
