import { answerMalfeasance } from '../pages/shared/malfeasance-channel';
import { fileIntake } from '../pages/shared/file-intake.svelte';
import Home from './Home.svelte';
import { lookUpMalfeasance } from '../pages/shared/known-malfeasance';
import { start } from './start';

answerMalfeasance(lookUpMalfeasance);
start({ document: 'index.html', intake: () => fileIntake, home: Home });
// Scripts need it, the first screen does not: with its models it weighs as much as the rest of the start.
void import('./workbench').then(({ workbench }) => (window.workbench = workbench));
