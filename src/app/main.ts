import { answerMalfeasance } from '../pages/malfeasance-channel';
import { fileIntake } from '../pages/file-intake.svelte';
import Home from './Home.svelte';
import { lookUpMalfeasance } from '../pages/known-malfeasance';
import { start } from './start';
import { workbench } from './workbench';

window.workbench = workbench;
answerMalfeasance(lookUpMalfeasance);
start({ document: 'index.html', intake: fileIntake, home: Home });
