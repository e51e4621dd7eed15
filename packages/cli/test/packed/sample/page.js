import { diagnose } from './diagnose.js';

const show = (id, text) => {
  document.getElementById(id).textContent = text;
};
show('page', await diagnose());
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => show('worker', data);
