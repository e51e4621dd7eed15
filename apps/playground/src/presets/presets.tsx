import { type FormEvent, memo, useId, useState } from 'react';
import type { GivenOptions } from '../state/options.js';
import { Choice } from '../ui/choice.js';
import { modelLayers, type Projection, projections, weightShape } from './models.js';
import { routedTokens, type Spread, spreads } from './tokens.js';

const shares = [1, 2, 4, 8, 16, 32];

/** Problems of known models: a layer, a projection, how many tokens, and how they fall on the experts of one GPU. */
export const ModelPresets = memo(function ModelPresets({
  batchM,
  onChange,
  onKernels,
}: {
  readonly batchM: boolean;
  readonly onChange: (changes: GivenOptions, of?: string) => void;
  readonly onKernels: () => void;
}) {
  const id = useId();
  const [model, setModel] = useState(modelLayers[0]?.name ?? '');
  const [projection, setProjection] = useState<Projection>('down');
  const [tokens, setTokens] = useState('64');
  const [share, setShare] = useState('16');
  const [spread, setSpread] = useState<Spread>('uneven');
  const layer = modelLayers.find(({ name }) => name === model);
  const count = Number(tokens);
  const tokensFault =
    Number.isInteger(count) && count >= 1 && count <= 65_536 ? undefined : 'a whole number from 1 to 65,536';

  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (layer === undefined || tokensFault !== undefined) return;
    const { rows, k } = weightShape(layer, projection);
    const all = routedTokens(count, layer.experts, layer.topK, spread);
    const here = all.slice(0, Math.max(1, Math.floor(layer.experts / Number(share))));
    const sum = here.reduce((total, one) => total + one, 0);
    const sizes = batchM ? { m: sum, n: rows } : { m: rows, n: sum };
    const lists = batchM ? { batchedM: here, batchedN: [] } : { batchedM: [], batchedN: here };
    const before = projection === 'down' ? sum : count;
    onChange({ ...sizes, k, ...lists, numTokens: before, numBatches: here.length });
  };

  return (
    <details className="presets" open>
      <summary>Take the problem of a model</summary>
      <form onSubmit={apply} className="preset-form">
        <Choice
          label="Model"
          value={model}
          choices={modelLayers.map(({ name }) => name)}
          onChange={setModel}
        />
        <Choice label="Projection" value={projection} choices={projections} onChange={setProjection} />
        <div className="control">
          <label htmlFor={`${id}tokens`}>Tokens</label>
          <input
            id={`${id}tokens`}
            inputMode="numeric"
            value={tokens}
            aria-invalid={tokensFault !== undefined}
            aria-describedby={`${id}fault`}
            onChange={({ target }) => setTokens(target.value)}
          />
        </div>
        <Choice
          label="Experts here"
          value={share}
          choices={shares.map(String)}
          textOf={(one) => (one === '1' ? 'all' : `1 of ${one} GPUs’`)}
          onChange={setShare}
        />
        <Choice label="Routing" value={spread} choices={spreads} onChange={setSpread} />
        <div className="buttons">
          <button type="submit" className="primary">
            Use it
          </button>
          <button type="button" onClick={onKernels}>
            Choose a kernel
          </button>
        </div>
      </form>
      <p className="hint" id={`${id}fault`}>
        {tokensFault === undefined
          ? layer &&
            `${layer.name}: hidden ${layer.hidden.toLocaleString('en')}, experts’ intermediate ${layer.intermediate.toLocaleString('en')}, ${layer.experts} experts, top-${layer.topK}.`
          : `Tokens must be ${tokensFault}.`}
      </p>
    </details>
  );
});
