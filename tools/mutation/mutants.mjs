/**
 * Mutants of a source file: each is one small change that a test should notice. Changes are made to the text,
 * at places that the syntax tree names, so that a mutant reads like its original.
 *
 *     boundary      < to <=, and so on           constant   a number one more or one less, true to false
 *     condition     negated, or another one      statement  left out
 *     arithmetic    another operator             return     a function that does nothing
 */
import { parseSync, Visitor } from 'oxc-parser';

const BOUNDARY = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };
const CONDITION = { '===': '!==', '!==': '===', '&&': '||', '||': '&&', '??': '&&' };
const ARITHMETIC = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '**': '*',
  '<<': '>>>',
  '>>': '<<',
  '>>>': '<<',
  '&': '|',
  '|': '&',
  '^': '&',
};
const ASSIGNMENT = {
  '+=': '-=',
  '-=': '+=',
  '|=': '&=',
  '&=': '|=',
  '*=': '/=',
  '??=': '=',
  '>>>=': '<<=',
  '<<=': '>>>=',
};

/** Types are gone when the program runs, and what is imported is somebody else's. */
const WITHOUT_MEANING = [
  'TSTypeAnnotation',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSTypeParameterInstantiation',
  'TSTypeParameterDeclaration',
  'TSTypeReference',
  'TSLiteralType',
  'TSClassImplements',
  'ImportDeclaration',
];

/** All mutants of `source` in the order of the text: { operator, start, end, replacement, line, before, after }. */
export function mutantsOf(path, source) {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const skipped = [];
  const found = [];
  const add = (operator, node, replacement) => found.push({ operator, start: node.start, end: node.end, replacement });
  new Visitor({ ...skippingVisitor(skipped), ...mutatingVisitor(source, add) }).visit(program);
  const isSkipped = ({ start, end }) => skipped.some((node) => node.start <= start && end <= node.end);
  return found
    .filter((mutant) => !isSkipped(mutant))
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map((mutant) => described(source, mutant));
}

export function applied(source, { start, end, replacement }) {
  return source.slice(0, start) + replacement + source.slice(end);
}

function skippingVisitor(skipped) {
  return Object.fromEntries(WITHOUT_MEANING.map((type) => [type, (node) => skipped.push(node)]));
}

function mutatingVisitor(source, add) {
  const text = (node) => source.slice(node.start, node.end);
  const negate = (test) => test && !isComparison(test) && add('condition', test, `!(${text(test)})`);
  return {
    BinaryExpression: (node) => swapOperator(source, node, add),
    LogicalExpression: (node) => swapOperator(source, node, add),
    AssignmentExpression: (node) => swapOperator(source, node, add),
    UpdateExpression: (node) =>
      add(
        'arithmetic',
        node,
        text(node).replaceAll(/\+\+|--/g, (sign) => (sign === '++' ? '--' : '++')),
      ),
    UnaryExpression: (node) => {
      if (node.operator === '!') add('condition', node, text(node.argument));
      if (node.operator === '-' || node.operator === '~') add('arithmetic', node, text(node.argument));
    },
    IfStatement: (node) => negate(node.test),
    ConditionalExpression: (node) => negate(node.test),
    WhileStatement: (node) => negate(node.test),
    Literal: (node) => changeConstant(node, add),
    ExpressionStatement: (node) => !isSuperCall(node.expression) && add('statement', node, ';'),
    ReturnStatement: (node) =>
      node.argument && text(node.argument) !== 'undefined' && add('return', node, 'return undefined;'),
    FunctionDeclaration: (node) => returnEarly(node.body, add),
    MethodDefinition: (node) => node.kind !== 'constructor' && returnEarly(node.value.body, add),
  };
}

function swapOperator(source, node, add) {
  const { operator, left, right } = node;
  const kind = [BOUNDARY, CONDITION, ARITHMETIC, ASSIGNMENT].findIndex((table) => operator in table);
  if (kind < 0) return;
  const to = { ...BOUNDARY, ...CONDITION, ...ARITHMETIC, ...ASSIGNMENT }[operator];
  const start = left.end + source.slice(left.end, right.start).indexOf(operator);
  const name = ['boundary', 'condition', 'arithmetic', 'arithmetic'][kind];
  add(name, { start, end: start + operator.length }, to);
  if (operator in BOUNDARY) add('condition', node, `!(${source.slice(node.start, node.end)})`);
}

function changeConstant(node, add) {
  if (typeof node.value === 'boolean') add('constant', node, String(!node.value));
  if (typeof node.value !== 'number') return;
  add('constant', node, `${node.value + 1}`);
  if (node.value > 0) add('constant', node, `${node.value - 1}`);
}

/** One statement alone is left out by another operator already, or is what is returned. */
function returnEarly(body, add) {
  if (body === null || body.body.length < 2) return;
  add('return', { start: body.body[0].start, end: body.body[0].start }, 'return undefined as never; ');
}

function isComparison(node) {
  return node.type === 'BinaryExpression' && (node.operator in BOUNDARY || node.operator in CONDITION);
}

function isSuperCall(expression) {
  return expression.type === 'CallExpression' && expression.callee.type === 'Super';
}

/** With the line that it changes, before and after: that names a mutant also when lines have moved. */
function described(source, mutant) {
  const line = source.slice(0, mutant.start).split('\n').length;
  const lineStart = source.lastIndexOf('\n', mutant.start - 1) + 1;
  const lineEnd = endOfLine(source, mutant.end);
  const after = applied(source, mutant).slice(
    lineStart,
    lineEnd + mutant.replacement.length - (mutant.end - mutant.start),
  );
  return { ...mutant, line, before: oneLine(source.slice(lineStart, lineEnd)), after: oneLine(after) };
}

function endOfLine(source, offset) {
  const end = source.indexOf('\n', offset);
  return end < 0 ? source.length : end;
}

function oneLine(text) {
  return text.trim().replaceAll(/\s+/g, ' ');
}
