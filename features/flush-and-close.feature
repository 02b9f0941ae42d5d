Feature: Flush is a barrier, and every end is a good end
  Whatever was answered becomes a row, whichever way the program ends.

  Scenario: Flush is a barrier, twice, and recording goes on
    Given a service
    When 100 events are recorded
    And the service is flushed
    Then a second process counts 100 events
    When 100 events are recorded
    And the service is flushed
    Then a second process counts 200 events
    When an event is recorded
    Then all 201 events become durable

  Scenario: Flush waits for the commit
    Given a service whose commits are held
    When 10 events are recorded
    And another thread flushes
    And the commits are let go
    Then the flush returns, and found all 10 events durable

  Scenario: Any thread may flush, while others record
    Given a service
    When 4 threads each record 50 events, flush and record on
    Then each thread found its events durable after its flush
    And all 400 events become durable

  Scenario: Flush and close of a service that was never used
    Given a service
    When the service is flushed
    And the service is closed
    Then there is nothing on disk

  Scenario: Close makes everything durable
    Given a service
    When 100 events are recorded
    And the service is closed
    Then a second process counts 100 events
    And no file of the data directory is open

  Scenario: Close is idempotent, from any thread
    Given a service
    When 100 events are recorded
    And 4 threads close the service at once
    And the service is closed
    Then a second process counts 100 events

  Scenario: Dropping the service closes it
    Given a service
    When 100 events are recorded
    And the service is dropped
    Then a second process counts 100 events
    And no file of the data directory is open

  Scenario: Dropping the service does not wait for a locked database for ever
    Given a close timeout of 100 ms
    And a service whose commits fail as busy
    When 10 events are recorded
    And the service is dropped
    Then a second process counts 0 events
    And 10 events wait in journals of the dead
    When a second process records one event
    Then a second process counts 11 events

  Scenario Outline: A program that ends without close loses nothing
    When a program records 100 events and ends by <end>
    And a second process records one event
    Then a second process counts 101 events

    Examples:
      | end                                  |
      | returning from main, service static  |
      | returning from main, service forgotten |
      | process exit                         |
