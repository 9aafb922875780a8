/** Results as SVG. The colours are told apart by all eyes, on light and on dark; text has the page's. */
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { named } from './table.mjs';

const COLOURS = ['#0a7fc2', '#d55e00', '#009e73', '#c2679b', '#8f8019'];
const [INK, WIDTH] = ['currentColor', 620];
const config = {
  background: null,
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  title: { color: INK, anchor: 'start' },
  axis: {
    labelColor: INK,
    titleColor: INK,
    domainColor: INK,
    tickColor: INK,
    gridColor: INK,
    gridOpacity: 0.12,
    labelLimit: 0,
  },
  legend: { labelColor: INK, titleColor: INK, symbolOpacity: 1 },
  text: { color: INK },
};

async function svg(spec) {
  const view = new View(parse(compile({ width: WIDTH, ...spec, config }).spec), { renderer: 'none' });
  return view.toSVG();
}

/** Each bar's ratio, with its interval, in bars: to the right of 1 it is passed. */
export function ratioChart(bars) {
  const values = bars.map(({ what, least, ratio: [low, middle, high], verdict }) => {
    return { what, verdict, low: low / least, middle: middle / least, high: high / least };
  });
  const y = { field: 'what', type: 'nominal', sort: null, title: null };
  const scale = { type: 'log' };
  const symbols = {
    domain: ['pass', 'undecided', 'fail'],
    range: ['circle', 'diamond', 'cross'],
  };
  const colours = { domain: symbols.domain, range: [COLOURS[2], COLOURS[0], COLOURS[1]] };
  return svg({
    data: { values },
    encoding: { y, color: { field: 'verdict', scale: colours, title: null } },
    layer: [
      { mark: { type: 'rule', strokeDash: [4, 3], color: INK }, encoding: { x: { datum: 1 }, y: null, color: { value: INK } } },
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: {
          x: { field: 'low', type: 'quantitative', scale, title: 'ratio / bar, median and interval of 95 %' },
          x2: { field: 'high' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 80, opacity: 1 },
        encoding: {
          x: { field: 'middle', type: 'quantitative', scale },
          shape: { field: 'verdict', scale: symbols, title: null },
        },
      },
    ],
  });
}

/** Nanoseconds a message of every engine: the quartiles a thick line, all samples a thin one. */
export function scenarioChart({ name, sides }) {
  const names = named(sides);
  const values = sides.map(({ nsEach }, i) => ({ engine: names[i], ...nsEach }));
  const x = (field) => ({ field, type: 'quantitative', scale: { type: 'log', nice: false }, title: 'ns a message' });
  return svg({
    title: name,
    data: { values },
    encoding: { y: { field: 'engine', type: 'nominal', sort: null, title: null }, color: { value: COLOURS[0] } },
    layer: [
      { mark: { type: 'rule', strokeWidth: 1 }, encoding: { x: x('min'), x2: { field: 'max' } } },
      { mark: { type: 'rule', strokeWidth: 5, opacity: 0.5 }, encoding: { x: x('q1'), x2: { field: 'q3' } } },
      { mark: { type: 'point', filled: true, size: 80, opacity: 1 }, encoding: { x: x('median') } },
    ],
  });
}

/** Cost against what is varied, both logarithmic, with the quartiles. */
export function curveChart({ name, x: field, lines }) {
  const values = lines.flatMap(({ engine, sides }) => sides.map(({ x, nsEach }) => ({ engine, x, ...nsEach })));
  const scale = { type: 'log' };
  const domain = lines.map(({ engine }) => engine);
  const hue = { field: 'engine', type: 'nominal', scale: { domain, range: COLOURS }, title: null };
  const x = {
    field: 'x',
    type: 'quantitative',
    scale: { ...scale, nice: false },
    axis: { format: '~s', tickCount: 6 },
    title: field,
  };
  const y = (each) => ({ field: each, type: 'quantitative', scale, axis: { format: '~s', tickCount: 6 }, title: 'ns a message' });
  return svg({
    title: name,
    data: { values },
    height: 240,
    encoding: { x, color: hue },
    layer: [
      { mark: { type: 'errorband', opacity: 0.2 }, encoding: { y: y('q1'), y2: { field: 'q3' } } },
      { mark: 'line', encoding: { y: y('median') } },
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: { y: y('median'), shape: { ...hue, scale: { domain } } },
      },
    ],
  });
}
