/** The reading pipeline alone in a page, for its bench: what the scan and the Profile page read with. */
import { profileRead } from '../../../src/post/profile/read';

Object.assign(window, { profileRead });
