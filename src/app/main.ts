import { mount } from 'svelte';
import '../ui/styles/tokens.css';
import '../ui/styles/base.css';
import '../ui/styles/controls.css';
import { fileIntake } from '../pages/file-intake.svelte';
import App from './App.svelte';
import Home from './Home.svelte';
import { workbench } from './workbench';

window.workbench = workbench;

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target, props: { document: 'index.html', intake: fileIntake, Home } });
