Feature: What the original got wrong, and this must not
  One scenario for each fault of the audit log that came before this one.

  Scenario: A session shared by writer and readers
    Given a service
    When 4 readers page through the trail while 2 threads record 500 events each
    Then no reader met an error, and each saw a trail without a hole

  Scenario: Readers wait for a writer that hangs
    Given a service whose commits are held
    When 10 events are recorded
    Then 4 readers find 0 events while the commit is held

  Scenario: Events accepted after `flush` and never written
    Given a service
    When 10 events are recorded
    And the service is flushed
    And 10 events are recorded
    And the service is closed
    Then a second process counts 20 events

  Scenario: A write error that swallows the event
    Given a service whose next 1 commits fail as disk full
    When an event is recorded
    Then all 1 events become durable

  Scenario Outline: Queued events lost at an unclean exit
    When a program records 100 events and ends by <end>
    And a second process records one event
    Then a second process counts 101 events

    Examples:
      | end          |
      | a panic      |
      | abort        |
      | a signal 9   |

  Scenario: A caller blocked for ever by a dead writer
    Given a queue of 10 events
    And a service whose writer dies at its first event
    When an event is recorded
    Then 20 more calls come back with errors that give the event back
    And flush and close come back with an error
    When a second process records one event
    Then a second process counts 2 events

  Scenario: A placeholder id that never becomes the real one
    Given a service whose commits are held
    When 10 events are recorded
    And the commits are let go
    And the service is flushed
    Then the ids of the receipts are the ids of the rows

  Scenario: Two engines for one database from a lazy-init race
    Given a service whose opening is counted
    When 10 threads use the service for the first time at once
    Then the database was opened once

  Scenario: A `flush` that ends the service
    Given a service
    When an event is recorded
    And the service is flushed
    And the service is flushed
    And an event is recorded
    Then all 2 events become durable

  Scenario: "database is locked" with several processes
    When 3 programs each record 200 events from 2 threads into one trail
    Then none of them met an error
    And the trail holds 1200 events, numbered from 0 without a hole

  Scenario: Handlers that can't be removed
    Given a bus with the handlers a, b and c
    When the subscription of b is dropped
    And "plan_applied" is emitted
    Then the handlers a, c were called in this thread
    And what handler b had held is released

  Scenario: Mutation of the handler list during emit
    Given a bus with a handler that unsubscribes itself, subscribes another and emits again
    When "plan_applied" is emitted
    And "plan_applied" is emitted
    Then each of them was called as often as its subscription says

  Scenario: Two buses from a racing container
    Given a service connected to a bus
    When 8 threads take the bus from one place at once and emit "plan_applied"
    And the service is flushed
    Then the trail holds 8 events of type "plan_applied"

  Scenario Outline: Redaction on only one of the ways in
    Given a secret in the details, in a URL and in a text
    When it goes in by <way>
    Then the rows say [REDACTED] and no file holds the secret

    Examples:
      | way         |
      | record      |
      | synchronous |
      | begin       |
      | an outcome  |
      | the bus     |
      | leave       |

  Scenario: Emit failures swallowed without a count
    Given a bus with a handler that fails, one that panics and one that is well
    When "plan_applied" is emitted
    Then the emitter was told of 3 calls, 1 failure and 1 panic
    And the bus has counted 2 failures
    And the handler that is well was called
