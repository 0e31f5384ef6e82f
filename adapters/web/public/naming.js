// Owns the visitor's name: the dialog that asks for it, and that this browser keeps it when the server is started anew.

import { post } from './live.js';
import { keep, recall } from './memory.js';

const KEY = 'name';

/** @param onRefused the server took none of it */
export function createNaming(onRefused) {
  const dialog = document.getElementById('naming');
  const field = document.getElementById('name');

  const rename = async (name) => {
    try {
      const you = await post('/name', { name });
      keep(KEY, you.name);
    } catch {
      onRefused();
    }
  };
  dialog.addEventListener('close', () => {
    const name = field.value.trim();
    if (dialog.returnValue === 'save' && name !== '') void rename(name);
  });

  return {
    ask(current) {
      dialog.returnValue = '';
      field.value = current;
      dialog.showModal();
      field.select();
    },
    restore(current) {
      const name = recall(KEY);
      if (typeof name === 'string' && name !== current && /^Guest \d{1,9}$/.test(current)) void rename(name);
    },
  };
}
