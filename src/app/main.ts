import { fileIntake } from '../pages/file-intake.svelte';
import Home from './Home.svelte';
import { start } from './start';
import { workbench } from './workbench';

window.workbench = workbench;
start({ document: 'index.html', intake: fileIntake, Home });
