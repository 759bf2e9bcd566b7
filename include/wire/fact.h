#ifndef WIRE_FACT_H
#define WIRE_FACT_H

#include "base/buf.h"
#include "core/rule.h"

/**
 * fact_list_print(buf, language):
 * The catalogue as react-querybuilder takes it for `fields`: {"data":[{"name","label","type","nullable","unit",
 * "description","operators":[{"name","label"}],"values"?,"inputType","valueEditorType"}]}. The operators are those that
 * its formatQuery(query, "jsonlogic") turns into rules of ours.
 */
void fact_list_print(struct buf *buf, enum language language);

#endif
