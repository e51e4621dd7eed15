import { type FormEvent, memo, useId, useRef, useState } from 'react';
import type { GivenOptions } from '../state/options.js';
import { Choice } from '../ui/choice.js';
import { type ModelLayer, modelLayers, type Projection, projections, sharesOf } from './models.js';
import { optionsOfModel } from './problem-of-model.js';
import { mostTokens, readTokens, type Spread, spreads } from './tokens.js';

const [firstLayer] = modelLayers;

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
  const tokensInput = useRef<HTMLInputElement>(null);
  const [layer, setLayer] = useState(firstLayer);
  const [weightsName, setWeightsName] = useState('');
  const [projection, setProjection] = useState<Projection>('down');
  const [tokens, setTokens] = useState('64');
  const [wantedGpus, setWantedGpus] = useState(16);
  const [spread, setSpread] = useState<Spread>('uneven');
  if (layer === undefined) return null;
  const weights = layer.weights.find(({ name }) => name === weightsName) ?? layer.weights[0];
  const shares = sharesOf(layer);
  const gpus = Math.min(wantedGpus, shares.at(-1) ?? 1);
  const count = readTokens(tokens);

  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (count === undefined) tokensInput.current?.focus();
    else onChange(optionsOfModel({ layer, weights, projection, tokens: count, gpus, spread }, batchM));
  };

  return (
    <details className="presets" open>
      <summary>Take the problem of a model</summary>
      <form onSubmit={apply} className="preset-form">
        <Choice
          label="Model"
          value={layer.name}
          choices={modelLayers.map(({ name }) => name)}
          onChange={(name) => setLayer(modelLayers.find((one) => one.name === name))}
        />
        <Choice label="Projection" value={projection} choices={projections} onChange={setProjection} />
        <Choice
          label="Types"
          value={weights.name}
          choices={layer.weights.map(({ name }) => name)}
          onChange={setWeightsName}
        />
        <div className="control" data-severity={count === undefined ? 'error' : undefined}>
          <label htmlFor={`${id}tokens`}>Tokens</label>
          <input
            ref={tokensInput}
            id={`${id}tokens`}
            inputMode="numeric"
            value={tokens}
            aria-invalid={count === undefined}
            aria-describedby={`${id}fault`}
            onChange={({ target }) => setTokens(target.value)}
          />
        </div>
        <Choice
          label="Experts here"
          value={String(gpus)}
          choices={shares.map(String)}
          textOf={(one) => shareText(layer, Number(one))}
          onChange={(one) => setWantedGpus(Number(one))}
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
      <p id={`${id}fault`} className="fault" role="status">
        {count === undefined &&
          `✗ Tokens must be a whole number from 1 to ${mostTokens.toLocaleString('en')}.`}
      </p>
      <p className="hint">
        {layer.name}: hidden {layer.hidden.toLocaleString('en')}, experts’ intermediate{' '}
        {layer.intermediate.toLocaleString('en')}, {layer.experts} experts, top-{layer.topK}. Sets sizes,
        batches and types: {weights.text}.
        {gpus < wantedGpus && ` Its ${layer.experts} experts go to at most ${gpus} GPUs.`}
      </p>
    </details>
  );
});

function shareText({ experts }: ModelLayer, gpus: number): string {
  return gpus === 1 ? `all ${experts}` : `${Math.floor(experts / gpus)} of ${experts}`;
}
