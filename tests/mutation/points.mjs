/**
 * What is a mistake: each place in a function where one can be made, as edits of the source. An edited place asks at
 * run time whether its mistake is the one to be made (mutation.h), so that all of them are compiled once.
 */
import { bare, calleeOf, rangeOf, textOf, typeOf } from './ast.mjs';

const COMPARISONS = { '<': '<=', '<=': '<', '>': '>=', '>=': '>', '==': '!=', '!=': '==' };
const ARITHMETIC = { '+': '-', '-': '+', '*': '+', '/': '*', '%': '*', '<<': '>>', '>>': '<<', '&': '|', '|': '&', '^': '|' };
const ORDERS = /^(load(64)?_(acquire|seq)|store(64)?_(release|seq)|cas(64)?_(acqrel|seq))$/;
const TORN = /^((cas|xchg|add|or|and)(64)?_(acqrel|seq))$/;
/** Who is told, and what is left for somebody to find. */
const WAKES =
  /(^or(64)?_seq|unpark|bell_ring|make_ready|notify|notify_all|tell_next|deliver|deliver_all|gate_ring|ring_all|finish_mark|serve_notifier)$/;
const NOTES = /^SLUICE__(WAITS|NOTE)\(/;
const INTEGER = /^(const )?(unsigned |signed )?(bool|_Bool|char|short|int|long|long long|unsigned|enum .*)( int)?$/;
/** Their operands are not evaluated, or must be constant. */
const CONSTANT = ['UnaryExprOrTypeTraitExpr', 'OffsetOfExpr', 'StaticAssertDecl', 'EnumDecl', 'RecordDecl'];

/** Which of their parts is the condition; whose parts are else statements, of a `for` the last. */
const CONDITION = { IfStmt: 0, WhileStmt: 0, DoStmt: 1, ForStmt: 2, ConditionalOperator: 0 };
const STATEMENTS = ['IfStmt', 'WhileStmt', 'DoStmt', 'ForStmt', 'CompoundStmt', 'CaseStmt', 'DefaultStmt'];

/** `tell` takes { file, start, end, name, before, after, fn } and returns the mistake's number; `edit` the edits. */
export function visitFunction(fn, tell, edit) {
  let turn = 0;

  const open = (place, text) => edit({ file: place.file, at: place.start, kind: 1, turn: ++turn, text });
  const close = (place, text, mine) => edit({ file: place.file, at: place.end, kind: 0, turn: -mine, text });
  const wrap = (place, before, after) => {
    open(place, before);
    close(place, after, turn);
  };
  const replace = (file, at, until, text) => edit({ file, at, kind: 2, turn: 0, text, until });
  const sourceOf = (place) => textOf(place.file).slice(place.start, place.end);
  const point = (place, name, after, before = sourceOf(place)) =>
    tell({ file: place.file, start: place.start, end: place.end, name, before, after, fn });

  /** MACRO(number, operator, another, (left), (right)) */
  function operator(node, place, name, macro, other) {
    const [left, right] = node.inner.map(rangeOf);
    if (!left || !right) return;
    const number = point({ file: place.file, start: left.end, end: right.start }, name, other, node.opcode);
    wrap(place, `${macro}(${number}, ${node.opcode}, ${other}, (`, '))');
    replace(place.file, left.end, right.start, '), (');
  }

  function negate(node) {
    const place = rangeOf(node);
    const it = bare(node);
    if (!place || place.macro || it.opcode === '==' || it.opcode === '!=' || isTruth(node)) return;
    wrap(place, `MUTANT_NOT(${point(place, 'comparison', 'negated')}, (`, '))');
  }

  const isTruth = (node) => ['true', 'false'].includes(sourceOf(rangeOf(node)));

  function constant(node, place) {
    if (isTruth(node)) {
      wrap(place, `MUTANT_NOT(${point(place, 'constant', 'negated')}, (`, '))');
      return;
    }
    const up = point(place, 'constant', '+ 1');
    if (node.kind !== 'IntegerLiteral' || place.macro || node.value === '0') wrap(place, `MUTANT_ADD(${up}, 1, (`, '))');
    else wrap(place, `MUTANT_ADD(${up}, 1, MUTANT_ADD(${point(place, 'constant', '- 1')}, -1, (`, ')))');
  }

  /** The verb's name becomes a function's that takes the first of the mistakes' numbers, which follow each other. */
  function verb(node, place) {
    const called = calleeOf(node) ?? '';
    const name = rangeOf(node.inner[0]);
    const first = node.inner[1] && rangeOf(node.inner[1]);
    if (!name || !first) return;
    const all = ORDERS.test(called) ? ordersOf(called).map((after) => ['order', after]) : [];
    if (TORN.test(called)) all.push(['cas', 'not at once']);
    if (called.startsWith('cas')) all.push(['cas', 'whatever stands there']);
    const [number] = all.map(([name, after]) => point(place, name, after, called));
    if (number !== undefined) replace(place.file, name.start, first.start, `mutant_${called}(${number}, `);
  }

  function ordersOf(called) {
    if (called.startsWith('cas')) return [called.endsWith('seq') ? 'acqrel' : 'relaxed'];
    if (called.endsWith('seq')) return [called.startsWith('load') ? 'acquire' : 'release'];
    return ['relaxed'];
  }

  /** A statement that is left out. */
  function leaveOut(node) {
    const place = rangeOf(node);
    const called = node.kind === 'CallExpr' ? calleeOf(node) : '';
    const changes = node.opcode === '=' || node.kind === 'CompoundAssignOperator' || /^(\+\+|--)$/.test(node.opcode);
    if (!place || place.macro || !(called || changes)) return;
    const name = WAKES.test(called) ? 'wake' : 'left out';
    wrap(place, `MUTANT_LEAVE_OUT(${point(place, name, 'left out')}, (`, '))');
  }

  const EXPRESSIONS = {
    BinaryOperator(node, place) {
      const pointers = node.inner.filter((each) => typeOf(each).includes('*')).length;
      if (COMPARISONS[node.opcode]) operator(node, place, 'comparison', 'MUTANT_BINARY', COMPARISONS[node.opcode]);
      else if (node.opcode === '&&') operator(node, place, 'comparison', 'MUTANT_AND', '||');
      else if (node.opcode === '||') operator(node, place, 'comparison', 'MUTANT_OR', '&&');
      else if (ARITHMETIC[node.opcode] && pointers < 2 && !typeOf(node.inner[1]).includes('*'))
        operator(node, place, 'arithmetic', 'MUTANT_BINARY', ARITHMETIC[node.opcode]);
      if (/&&|\|\|/.test(node.opcode)) for (const side of node.inner) if (!/&&|\|\||[<>]/.test(bare(side).opcode)) negate(side);
    },
    CompoundAssignOperator(node, place) {
      const plain = node.opcode.slice(0, -1);
      operator(node, place, 'arithmetic', 'MUTANT_CHANGE', `${ARITHMETIC[plain]}=`);
    },
    UnaryOperator(node, place) {
      if (!/^(\+\+|--)$/.test(node.opcode)) return;
      const other = node.opcode === '++' ? '--' : '++';
      const number = point(place, 'arithmetic', other, node.opcode);
      const it = sourceOf(rangeOf(node.inner[0]));
      const [now, then] = [node.opcode, other].map((each) => (node.isPostfix ? `${it}${each}` : `${each}${it}`));
      replace(place.file, place.start, place.end, `(mutated(${number}) ? ${then} : ${now})`);
      return 'done';
    },
    IntegerLiteral: constant,
    DeclRefExpr(node, place) {
      if (node.referencedDecl?.kind === 'EnumConstantDecl') constant(node, place);
    },
    CallExpr(node, place) {
      verb(node, place);
      if (calleeOf(node) !== 'sluice__gate_unlock_telling') return;
      const events = rangeOf(node.inner[3]);
      wrap(events, `MUTANT_NONE(${point(events, 'wake', 'none')}, (`, '))');
    },
  };

  /** What a macro's body makes is one thing: a constant, or what it is used with. */
  function macroUse(node, place) {
    if (NOTES.test(sourceOf(place))) wrap(place, `MUTANT_NONE(${point(place, 'wake', 'none')}, (`, '))');
    else if (/^\w+$/.test(sourceOf(place)) && INTEGER.test(typeOf(node))) constant(node, place);
  }

  function visit(node, around) {
    if (!node.kind || CONSTANT.includes(node.kind) || (node.kind === 'VarDecl' && node.storageClass === 'static')) return;
    if (node.kind === 'ConstantExpr') return;
    const place = rangeOf(node);
    if (place?.macro && place.start !== around) macroUse(node, place);
    else if (place && !place.macro && EXPRESSIONS[node.kind]?.(node, place) === 'done') return;
    const children = node.inner ?? [];
    const condition = children[CONDITION[node.kind]];
    if (condition?.kind) negate(condition);
    if (STATEMENTS.includes(node.kind))
      for (const each of children.slice(node.kind === 'ForStmt' ? 4 : 0)) if (each !== condition) leaveOut(each);
    for (const each of children) visit(each, place?.macro ? place.start : around);
  }
  const body = fn.node.inner.find((each) => each.kind === 'CompoundStmt');
  visit(body);
}
