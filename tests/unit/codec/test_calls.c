#include "liqd/codec/calls.h"

#include "lq_test.h"

static void calls_stand_in_order_each_with_its_input(void **state)
{
    (void)state;
    lq_read_call_t list[2];
    uint8_t data[12];
    lq_calls_t calls = {.calls = list, .call_max = 2, .data = data, .data_max = sizeof(data)};
    lq_address_t a = {{1}};
    lq_address_t b = {{2}};
    uint8_t *input = NULL;
    assert_int_equal(lq_calls_add_view(&calls, &a, 0x01020304u), LQ_OK);
    assert_int_equal(lq_calls_add(&calls, &input, &b, 8), LQ_OK);
    assert_ptr_equal(input, data + 4);
    memset(input, 9, 8);
    assert_int_equal(calls.call_cnt, 2);
    assert_memory_equal(&list[0].to, &a, sizeof(a));
    assert_int_equal(list[0].input_sz, 4);
    assert_memory_equal(list[0].input, ((uint8_t[]){1, 2, 3, 4}), 4);
    assert_memory_equal(&list[1].to, &b, sizeof(b));
    assert_ptr_equal(list[1].input, input);
    assert_int_equal(list[1].input_sz, 8);
}

static void a_full_list_takes_nothing(void **state)
{
    (void)state;
    lq_read_call_t list[2];
    uint8_t data[12];
    lq_calls_t calls = {.calls = list, .call_max = 2, .data = data, .data_max = sizeof(data)};
    lq_address_t a = {{1}};
    uint8_t *input = data;
    assert_int_equal(lq_calls_add(&calls, &input, &a, 13), LQ_ERR_FULL); /* bytes */
    assert_int_equal(calls.call_cnt, 0);
    assert_int_equal(lq_calls_add_view(&calls, &a, 1), LQ_OK);
    assert_int_equal(lq_calls_add_view(&calls, &a, 1), LQ_OK);
    assert_int_equal(lq_calls_add_view(&calls, &a, 1), LQ_ERR_FULL); /* calls */
    assert_int_equal(calls.data_sz, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_stand_in_order_each_with_its_input),
        cmocka_unit_test(a_full_list_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
