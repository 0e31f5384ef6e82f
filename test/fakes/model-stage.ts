// Owns real model clients before fake servers, and their end: one that follows plans, and one that answers by hand what no plan can say.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createModel, type ModelOptions } from '../../src/model/model.ts';
import type { Model } from '../../src/model/types.ts';
import { modelOptions } from './model-options.ts';
import { createModelServer, type ModelServer, type ModelServerOptions } from './model-server.ts';

export interface ModelStage {
  start(
    serverOptions: ModelServerOptions,
    options?: Partial<ModelOptions>,
  ): Promise<{ readonly server: ModelServer; readonly model: Model }>;
  startRaw(answer: (response: ServerResponse) => void, options?: Partial<ModelOptions>): Promise<Model>;
  /** Closes this too at the end; returns it. */
  keep<T extends { close(): Promise<unknown> }>(one: T): T;
  /** Closes all that was started, the last first. */
  close(): Promise<void>;
}

export function createModelStage(): ModelStage {
  const open: { close(): Promise<unknown> }[] = [];
  return {
    async start(serverOptions, options = {}) {
      const server = await createModelServer(serverOptions);
      const model = createModel(modelOptions(server.url, options));
      open.push(server, model);
      return { server, model };
    },
    async startRaw(answer, options = {}) {
      const server: Server = createServer((incoming, response) => {
        incoming.resume();
        response.on('error', () => response.destroy());
        answer(response);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const model = createModel(modelOptions(`http://127.0.0.1:${port}`, options));
      open.push({
        close: () =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      });
      open.push(model);
      return model;
    },
    keep(one) {
      open.push(one);
      return one;
    },
    async close() {
      for (const each of open.splice(0).reverse()) await each.close();
    },
  };
}
